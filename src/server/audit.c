#include "server/audit.h"

#include "base/ids.h"
#include "base/json_out.h"
#include "events/recorder.h"
#include "server/server.h"
#include "server/sign_in_event.h"
#include "server/transfer_event.h"
#include "server/use.h"

#define USUAL_SIZE 2048
/* https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
#define FIELD_MAX      ((size_t)100 * 1024) /* of requestParameters, responseElements, serviceEventDetails */
#define FIELD_LEAST    ((size_t)1024)
#define ADDITIONAL_MAX ((size_t)28 * 1024)
#define TEXT_MAX       ((size_t)1024)
#define RESOURCES_MAX  ((size_t)12 * 1024) /* ours: what the others leave of an event */
#define ARN_MAX        2048 /* what is longer names nothing: an id of an operation that has no limit */
/* How much is written of a field to find out how long it is. */
#define WRITTEN_MAX ((size_t)1024 * 1024)

struct str audit_service_name(struct arena *arena, struct str via_service)
{
        struct str rest = via_service, label;
        ptrdiff_t at = str_find(via_service, STR(".amazonaws."));

        if (at < 0 || !str_cut(&rest, '.', &label))
                return via_service;
        return arena_printf(arena, "%.*s%.*s", STR_ARG(label), STR_ARG(str_from(via_service, (size_t)at)));
}

/* Who speaks to us: the client, or a service in its name. */
static struct str invoked_by(struct flight *flight)
{
        return str_is_set(flight->call.via_service)
                       ? audit_service_name(&flight->call.arena, flight->call.via_service)
                       : flight->call.acting_service;
}

/* -- userIdentity:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */

static struct str identity_type(const struct principal *principal)
{
        static const struct str NAMES[] = {
                [ANONYMOUS] = STR_INIT("AWSAccount"),
                [ROOT_USER] = STR_INIT("Root"),
                [IAM_USER] = STR_INIT("IAMUser"),
                [ASSUMED_ROLE] = STR_INIT("AssumedRole"),
                [FEDERATED_USER] = STR_INIT("FederatedUser"),
                [AWS_SERVICE] = STR_INIT("AWSService"),
        };

        return NAMES[principal->kind];
}

static void add_issuer(struct json_out *out, const struct principal *principal)
{
        const struct session *session = &principal->session;

        json_key(out, STR("sessionIssuer"));
        json_open(out, '{');
        if (principal->kind == ASSUMED_ROLE || principal->kind == FEDERATED_USER) {
                bool is_role = principal->kind == ASSUMED_ROLE;
                bool is_root = !is_role && str_ends(session->issuer_arn, STR(":root"));

                json_pair(out, STR("type"), is_role ? STR("Role") : is_root ? STR("Root") : STR("IAMUser"));
                json_pair_opt(out, STR("principalId"), session->issuer_id);
                json_pair_opt(out, STR("arn"), session->issuer_arn);
                json_pair(out, STR("accountId"), principal->account);
                json_pair_opt(out, STR("userName"), session->issuer_name);
        }
        json_close(out, '}');
}

static void add_session_context(struct flight *flight, struct json_out *out)
{
        const struct principal *principal = sign_in_event_who(flight);
        char issued[TIME_ISO_LEN];

        if (!principal->is_temporary)
                return;
        time_iso_write(issued, principal->session.issued_ms);
        json_key(out, STR("sessionContext"));
        json_open(out, '{');
        add_issuer(out, principal);
        json_key(out, STR("webIdFederationData"));
        json_open(out, '{');
        json_pair_opt(out, STR("federatedProvider"), principal->session.external_provider);
        json_close(out, '}');
        json_key(out, STR("attributes"));
        json_open(out, '{');
        json_pair(out, STR("creationDate"), str_make(issued, sizeof(issued)));
        json_pair(out, STR("mfaAuthenticated"), principal->session.mfa ? STR("true") : STR("false"));
        json_close(out, '}');
        if (principal->session.source_identity.len)
                json_pair(out, STR("sourceIdentity"), principal->session.source_identity);
        json_close(out, '}');
}

/* S3 and its kin, which let in whoever a policy lets in, have a name of their own for it. */
static struct str name_of_nobody(const struct flight *flight)
{
        return flight->service && flight->service->takes_anonymous ? STR("anonymous")
                                                                   : STR("ANONYMOUS_PRINCIPAL");
}

static void add_identity(struct flight *flight, struct json_out *out)
{
        const struct principal *principal = sign_in_event_who(flight);
        struct str key = principal->access_key_id.len ? principal->access_key_id : flight->auth.access_key_id;

        json_key(out, STR("userIdentity"));
        json_open(out, '{');
        if (flight->timer) {
                json_pair(out, STR("accountId"), flight->call.account);
                json_pair(out, STR("invokedBy"), STR("AWS Internal"));
                json_close(out, '}');
                return;
        }
        json_pair(out, STR("type"), identity_type(principal));
        if (flight->call.sign_in) {
                sign_in_event_identity(flight, out);
                add_session_context(flight, out);
                json_close(out, '}');
                return;
        }
        if (principal->kind == ANONYMOUS) {
                json_pair(out, STR("principalId"), STR(""));
                json_pair(out, STR("accountId"), name_of_nobody(flight));
        } else if (principal->kind == AWS_SERVICE) {
                json_pair(out, STR("invokedBy"), principal->name);
        } else {
                json_pair_opt(out, STR("principalId"), principal->id);
                json_pair_opt(out, STR("arn"), principal->arn);
                json_pair_opt(out, STR("accountId"), principal->account);
        }
        if (key.len)
                json_pair(out, STR("accessKeyId"), key);
        if (principal->kind == IAM_USER)
                json_pair_opt(out, STR("userName"), principal->name);
        add_session_context(flight, out);
        json_pair_opt(out, STR("invokedBy"), invoked_by(flight));
        json_close(out, '}');
}

/* -- What was asked and answered */

static int add_parameters(struct flight *flight, struct json_out *out)
{
        const struct api_operation *operation = flight->call.operation;
        const void *in = flight->call.told_in ? flight->call.told_in : flight->in;

        if (!operation || !in || operation->is_sign_in) {
                json_nil(out);
                return 0;
        }
        if (operation->service->has_bare_errors)
                return wire_audit_request(operation, in, http_header_value(flight->call.request, STR("Host")),
                                          out);
        if (operation->is_enclosed)
                return wire_audit_enclosed(operation, in, out);
        if (wire_speaks(operation->service, API_EC2))
                return wire_audit_ec2(operation->input, in, STR_NONE, out);
        return wire_audit_json(operation->input, in, out);
}

/* CloudTrail keeps the answers of changes, not what reads gave out. */
static int add_elements(struct flight *flight, struct json_out *out)
{
        const struct api_operation *operation = flight->call.operation;

        if (sign_in_event_is(flight)) {
                sign_in_event_elements(flight, out);
                return 0;
        }
        if (str_is_set(flight->call.response_elements) && !flight->call.error) {
                json_raw(out, flight->call.response_elements);
                return 0;
        }
        if (!operation || !operation->is_write || !flight->out || flight->call.error) {
                json_nil(out);
                return 0;
        }
        if (operation->service->has_bare_errors)
                return wire_audit_answer(operation, flight->out, out);
        if (operation->is_enclosed)
                return wire_audit_enclosed_answer(operation, flight->out, flight->call.request_id, out);
        if (wire_speaks(operation->service, API_EC2))
                return wire_audit_ec2(operation->output, flight->out, flight->call.request_id, out);
        return wire_audit_json(operation->output, flight->out, out);
}

static void add_resource(const struct call_resource *r, struct json_out *out)
{
        json_open(out, '{');
        if (r->arn.len) { /* metrics have none */
                json_pair(out, STR("ARN"), r->arn);
                json_pair_opt(out, STR("accountId"), r->account);
        }
        if (r->type.len)
                json_pair(out, STR("type"), r->type);
        json_close(out, '}');
}

/* "If a field is truncated, omitted is present with a value of true." */
static void add_resources(struct flight *flight, struct json_out *out)
{
        size_t start = out->buf->len;
        const struct call_resource *r = flight->call.resources;

        if (!r)
                return;
        json_key(out, STR("resources"));
        json_open(out, '[');
        for (; r && r->arn.len <= ARN_MAX && out->buf->len - start < RESOURCES_MAX; r = r->next)
                add_resource(r, out);
        json_close(out, ']');
        if (!r)
                return;
        json_key(out, STR("omitted"));
        json_bool(out, true);
}

/* len: 0, nobody knows. */
static void add_omitted(struct json_out *out, struct str name, size_t len)
{
        char reason[64];

        (void)snprintf(reason, sizeof(reason), "%.*s too large", STR_ARG(name));
        json_open(out, '{');
        json_pair(out, STR("reason"), str_of(reason));
        json_key(out, STR("omitted"));
        json_bool(out, true);
        if (len > 0) {
                json_key(out, STR("originalSize"));
                json_int(out, (int64_t)len);
        }
        json_close(out, '}');
}

/* "When the field size exceeds 100 KB, the requestParameters content is omitted." */
static void add_bounded(struct flight *flight, struct json_out *out, struct str name, size_t max,
                        int (*add)(struct flight *flight, struct json_out *out))
{
        struct json_out before;
        size_t start, len;
        int r;

        json_key(out, name);
        before = *out;
        start = out->buf->len;
        r = add(flight, out);
        len = r == 0 && !out->buf->failed ? out->buf->len - start : 0;
        if (len > 0 && len <= max)
                return;
        out->buf->len = start;
        out->buf->failed = false;
        *out = before;
        add_omitted(out, name, len);
}

static void add_raw(struct json_out *out, struct str name, struct str json, size_t max)
{
        if (!str_is_set(json))
                return;
        json_key(out, name);
        if (json.len > max)
                add_omitted(out, name, json.len);
        else
                json_raw(out, json);
}

/* EC2's say whose fault it was: "Client.UnauthorizedOperation".
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/query-api-troubleshooting.html */
static struct str error_code(struct flight *flight)
{
        const struct api_error *error = flight->call.error;

        if (!flight->service || !wire_speaks(flight->service, API_EC2))
                return error->code;
        return arena_printf(&flight->call.arena, "%s.%.*s", error->is_sender ? "Client" : "Server",
                            STR_ARG(error->code));
}

static void add_error(struct flight *flight, struct json_out *out)
{
        if (flight->call.sign_in) {
                sign_in_event_error(flight, out);
                return;
        }
        if (!flight->call.error)
                return;
        json_pair(out, STR("errorCode"), error_code(flight));
        if (flight->call.error_message.len)
                json_pair(out, STR("errorMessage"), str_part(flight->call.error_message, 0, TEXT_MAX));
}

static void add_tls(struct flight *flight, struct json_out *out)
{
        const struct http_request *request = flight->call.request;

        if (flight->timer || !str_is_set(request->tls_version))
                return;
        json_key(out, STR("tlsDetails"));
        json_open(out, '{');
        json_pair(out, STR("tlsVersion"), request->tls_version);
        json_pair_opt(out, STR("cipherSuite"), request->tls_cipher);
        json_pair_opt(out, STR("clientProvidedHostHeader"),
                      str_part(http_header_value(request, STR("Host")), 0, TEXT_MAX));
        json_close(out, '}');
}

static bool is_read_only(const struct flight *flight)
{
        return flight->call.operation && flight->call.operation->event_read_only;
}

static bool is_data(const struct flight *flight)
{
        return flight->call.operation && flight->call.operation->audit == API_AUDIT_DATA;
}

static struct str event_name(const struct flight *flight)
{
        if (flight->timer)
                return flight->timer->name;
        if (flight->call.operation)
                return sign_in_event_name(flight);
        return flight->action.len ? flight->action : STR("Unknown");
}

static struct str event_type(const struct flight *flight)
{
        if (sign_in_event_is(flight))
                return STR("AwsConsoleSignIn");
        return flight->timer ? STR("AwsServiceEvent") : STR("AwsApiCall");
}

static struct str source_address(struct flight *flight)
{
        struct str service = invoked_by(flight);

        if (flight->timer)
                return STR("AWS Internal");
        if (!str_is_set(service) && flight->call.principal.kind == AWS_SERVICE)
                service = flight->call.principal.name;
        return str_is_set(service) ? service : flight->call.request->source_ip;
}

static struct str user_agent(struct flight *flight)
{
        struct str agent;

        if (flight->timer || str_is_set(invoked_by(flight)))
                return source_address(flight);
        agent = http_header_value(flight->call.request, STR("User-Agent"));
        return str_part(agent, 0, TEXT_MAX);
}

static void add_record(struct flight *flight, const struct event *event, struct str shared_id,
                       size_t field_max, struct json_out *out)
{
        struct call *call = &flight->call;
        char now[TIME_ISO_LEN];

        time_iso_write(now, call->now_ms);
        json_open(out, '{');
        json_pair(out, STR("eventVersion"), STR(AUDIT_EVENT_VERSION));
        add_identity(flight, out);
        json_pair(out, STR("eventTime"), str_make(now, sizeof(now)));
        json_pair(out, STR("eventSource"), flight->service ? flight->service->event_source : STR("unknown"));
        json_pair(out, STR("eventName"), event_name(flight));
        json_pair(out, STR("awsRegion"), call->region);
        json_pair(out, STR("sourceIPAddress"), source_address(flight));
        json_pair(out, STR("userAgent"), user_agent(flight));
        add_error(flight, out);
        add_bounded(flight, out, STR("requestParameters"), field_max, add_parameters);
        add_bounded(flight, out, STR("responseElements"), field_max, add_elements);
        add_resources(flight, out);
        if (str_is_set(call->additional_event_data))
                add_raw(out, STR("additionalEventData"), call->additional_event_data, ADDITIONAL_MAX);
        else
                transfer_event_add(flight, out);
        if (!sign_in_event_is(flight))
                json_pair(out, STR("requestID"), call->request_id);
        json_pair(out, STR("eventID"), event->id);
        json_key(out, STR("readOnly"));
        json_bool(out, is_read_only(flight));
        json_pair(out, STR("eventType"), event_type(flight));
        json_key(out, STR("managementEvent"));
        json_bool(out, !is_data(flight));
        json_pair(out, STR("recipientAccountId"), event->account);
        if (shared_id.len)
                json_pair(out, STR("sharedEventID"), shared_id);
        add_raw(out, STR("serviceEventDetails"), call->service_event_details, field_max);
        json_pair(out, STR("eventCategory"), is_data(flight) ? STR("Data") : STR("Management"));
        add_tls(flight, out);
        json_close(out, '}');
}

/* -- The event around the record */

static struct str lookup_user(const struct principal *principal)
{
        return principal->kind == ROOT_USER ? STR("root") : principal->name;
}

/* Only what has been done counts: else anyone could fill the history of any account, there or not, with calls
 * that are refused. */
static bool has_other_account(const struct flight *flight)
{
        return !flight->call.error && flight->other_account.len &&
               !str_eq(flight->other_account, flight->call.account);
}

/* What nobody was allowed to do is known to the owner alone. */
static bool is_of_nobody(const struct flight *flight)
{
        return flight->call.principal.kind == ANONYMOUS && has_other_account(flight);
}

static bool has_two_events(const struct flight *flight)
{
        return has_other_account(flight) && !is_of_nobody(flight);
}

static void describe(struct flight *flight, struct event *event)
{
        struct call *call = &flight->call;
        const struct principal *who = sign_in_event_who(flight);

        *event = (struct event){
                .time_ms = call->now_ms,
                .id = call->event_id,
                .account = sign_in_event_account(flight, is_of_nobody(flight) ? flight->other_account
                                                                              : call->account),
                .region = call->region,
                .name = event_name(flight),
                .source = flight->service ? flight->service->event_source : STR("unknown"),
                .username = lookup_user(who),
                .access_key_id = who->access_key_id.len ? who->access_key_id : flight->auth.access_key_id,
                .is_read_only = is_read_only(flight),
                .is_data = is_data(flight),
        };
        for (const struct call_resource *r = call->resources; r && event->resource_count < OUTBOX_RESOURCES;
             r = r->next)
                if (r->arn.len <= ARN_MAX)
                        event->resources[event->resource_count++] = (struct event_resource){r->arn, r->type};
}

static int write_record(struct flight *flight, struct event *event, struct str shared_id, struct buf *json)
{
        /* Seldom all of them are so long that they are too much together. */
        for (size_t field_max = FIELD_MAX; json->len == 0 || json->len > AUDIT_EVENT_MAX; field_max /= 2) {
                struct json_out out = {.buf = json};

                buf_clear(json);
                if (field_max < FIELD_LEAST)
                        return -EMSGSIZE;
                add_record(flight, event, shared_id, field_max, &out);
                TRY(buf_check(json));
        }
        event->json = buf_str(json);
        return 0;
}

static struct str with_notes(struct flight *flight, struct str use)
{
        struct str notes = flight->call.error ? STR_NONE : use_notes(flight);

        if (notes.len == 0)
                return use;
        return use.len ? arena_printf(&flight->call.arena, "%.*s\n%.*s", STR_ARG(use), STR_ARG(notes))
                       : notes;
}

/* Builds the events of the call, one or two, and gives each, encoded, to `keep`. Both accounts of a
 * cross-account call that was allowed have it in their history, with one sharedEventID. */
static int each_event(struct flight *flight, int (*keep)(void *arg, struct str encoded), void *arg)
{
        struct str shared = has_two_events(flight) ? id_uuid(&flight->call.arena) : STR_NONE;
        size_t count = has_two_events(flight) ? 2 : 1;

        for (size_t i = 0; i < count; i++) {
                _cleanup_(buf_done) struct buf json = {};
                _cleanup_(buf_done) struct buf encoded = {};
                struct event event;

                buf_init(&json, WRITTEN_MAX);
                buf_init(&encoded, WRITTEN_MAX);
                buf_reserve(&json, USUAL_SIZE);
                buf_reserve(&encoded, USUAL_SIZE);
                describe(flight, &event);
                event.request_id = flight->call.request_id;
                if (i == 0) {
                        event.trace = buf_str(&flight->trace);
                        event.use = use_to_note(flight);
                } else {
                        event.account = flight->other_account;
                        event.id = id_uuid(&flight->call.arena);
                }
                if (i == count - 1) /* the owner's event, where there are two */
                        event.use = with_notes(flight, event.use);
                TRY(write_record(flight, &event, shared, &json));
                event_encode(&event, &encoded);
                TRY(buf_check(&encoded));
                TRY(keep(arg, buf_str(&encoded)));
        }
        return 0;
}

/* What follows from the event is stored with it, as the recorder does for its own. */
static int keep_in_outbox(void *arg, struct str encoded)
{
        struct event event;

        TRY(outbox_append(arg, encoded));
        TRY(event_decode(encoded, &event));
        return use_note(arg, &event);
}

static int keep_in_recorder(void *arg, struct str encoded)
{
        return recorder_add(arg, encoded);
}

int audit_append(struct flight *flight, struct txn *txn)
{
        return each_event(flight, keep_in_outbox, txn);
}

int audit_queue(struct flight *flight)
{
        return each_event(flight, keep_in_recorder, flight->server->recorder);
}

/* -- Of inner calls */

static int keep_in_flight(void *arg, struct str encoded)
{
        struct flight *flight = arg;
        struct kept_event **last = &flight->kept;
        struct kept_event *event = arena_new(&flight->call.arena, struct kept_event);

        if (!event)
                return -ENOMEM;
        event->encoded = arena_dup(&flight->call.arena, encoded);
        while (*last)
                last = &(*last)->next;
        *last = event;
        return flight->call.arena.failed ? -ENOMEM : 0;
}

int audit_keep(struct flight *flight)
{
        return each_event(flight, keep_in_flight, flight);
}

int audit_append_kept(const struct flight *flight, struct txn *txn)
{
        for (const struct kept_event *event = flight->kept; event; event = event->next)
                TRY(keep_in_outbox(txn, event->encoded));
        return 0;
}

int audit_queue_kept(const struct flight *flight)
{
        for (const struct kept_event *event = flight->kept; event; event = event->next)
                TRY(recorder_add(flight->server->recorder, event->encoded));
        return 0;
}
