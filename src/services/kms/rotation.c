/* Rotation: by schedule and on demand. Earlier material stays and opens what it sealed.
 * https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html */
#include "base/ids.h"
#include "services/kms/kms.h"
#include "services/kms/page.h"

#define TIMER STR("RotateKey")

static int64_t period_ms(const struct kms_key_record *key)
{
        return key->rotation_period_days.value * MS_PER_DAY;
}

int kms_plan_rotation(struct call *call, struct kms_key_record *key, struct opt_int next)
{
        const struct str subject = kms_subject(&call->arena, key);

        TRY(kms_take_back_timer(call, TIMER, key->next_rotation, subject));
        key->next_rotation = next;
        return kms_set_timer(call, TIMER, next, subject);
}

/* -- Which keys rotate */

static int unsupported(struct call *call, const struct kms_key_record *key, const char *why)
{
        return fail(call, &kms_unsupported_operation_exception, "%.*s %s",
                    STR_ARG(kms_arn_of(&call->arena, key)), why);
}

static int check_symmetric(struct call *call, const struct kms_key_record *key)
{
        return kms_is_symmetric(key) ? 0 : unsupported(call, key, "is not a symmetric encryption KMS key.");
}

static int check_origin(struct call *call, const struct kms_key_record *key)
{
        return kms_is_external(key)
                       ? unsupported(call, key, "origin is EXTERNAL which is not valid for this operation.")
                       : 0;
}

/* "To enable or disable automatic rotation of a set of related multi-Region keys, set the property on the
 * primary key." */
static int check_primary(struct call *call, const struct kms_key_record *key)
{
        if (!kms_is_replica(key))
                return 0;
        return unsupported(call, key,
                           "is a multi-Region replica key, which is rotated with its primary key.");
}

static int need_rotating(struct call *call, struct str key_id, struct kms_key_record *ret)
{
        TRY(kms_need_own_key(call, key_id, ret));
        TRY(check_symmetric(call, ret));
        TRY(check_origin(call, ret));
        return check_primary(call, ret);
}

/* -- EnableKeyRotation, DisableKeyRotation: shared by all regions of a key, driven by its primary */

static int set_period(struct call *call, void *arg, struct kms_key_record *key)
{
        const struct opt_int *period = arg;

        key->rotation_period_days = *period;
        return call_put(call, &kms_key_record_type, key);
}

static int share(struct call *call, const struct kms_key_record *key)
{
        struct opt_int period = key->rotation_period_days;

        TRY(call_put(call, &kms_key_record_type, key));
        return kms_is_multi_region(key) ? kms_each_region(call, key, set_period, &period) : 0;
}

int kms_enable_key_rotation(struct call *call, const struct kms_enable_key_rotation_in *in,
                            struct kms_enable_key_rotation_out *out)
{
        struct kms_key_record key;

        (void)out;
        TRY(need_rotating(call, in->key_id, &key));
        key.rotation_period_days = in->rotation_period_in_days.is_set ? in->rotation_period_in_days
                                                                      : OPT_INT(KMS_ROTATION_DAYS_DEFAULT);
        TRY(kms_plan_rotation(call, &key, OPT_INT(call->now_ms + period_ms(&key))));
        kms_tell_key(call, &key);
        return share(call, &key);
}

int kms_disable_key_rotation(struct call *call, const struct kms_disable_key_rotation_in *in,
                             struct kms_disable_key_rotation_out *out)
{
        struct kms_key_record key;

        (void)out;
        TRY(need_rotating(call, in->key_id, &key));
        key.rotation_period_days = (struct opt_int){};
        TRY(kms_plan_rotation(call, &key, (struct opt_int){}));
        kms_tell_key(call, &key);
        return share(call, &key);
}

/* -- GetKeyRotationStatus */

static int primary_of(struct call *call, const struct kms_key_record *key, struct kms_key_record *ret)
{
        if (kms_is_replica(key))
                return kms_get_key_in(call, key->account, key->primary_region, key->id, ret);
        *ret = *key;
        return 0;
}

static bool is_pending_deletion(const struct kms_key_record *key)
{
        return str_eq(key->state, KMS_PENDING) || str_eq(key->state, KMS_PENDING_REPLICA);
}

int kms_get_key_rotation_status(struct call *call, const struct kms_get_key_rotation_status_in *in,
                                struct kms_get_key_rotation_status_out *out)
{
        struct kms_key_record key, primary;
        bool is_on;

        TRY(kms_need_key(call, in->key_id, KMS_BY_ID, &key));
        TRY(check_symmetric(call, &key));
        TRY(check_origin(call, &key));
        TRY(primary_of(call, &key, &primary));
        /* "While a KMS key is pending deletion, its key rotation status is false." */
        is_on = key.rotation_period_days.is_set && !is_pending_deletion(&key);
        out->key_id = kms_arn_of(&call->arena, &key);
        out->key_rotation_enabled = OPT_BOOL(is_on);
        if (is_on) {
                out->rotation_period_in_days = key.rotation_period_days;
                out->next_rotation_date = primary.next_rotation;
        }
        return 0;
}

/* -- Rotating */

struct turn {
        struct str clear; /* new material */
        struct str type;  /* "AUTOMATIC", "ON_DEMAND" */
        int64_t when_ms;
};

static int set_material_state(struct call *call, const struct kms_key_record *key, struct str id,
                              struct str state)
{
        struct kms_material_record material;

        TRY(kms_find_material(call, key, id, &material));
        material.state = state;
        return call_put(call, &kms_material_record_type, &material);
}

static int turn_region(struct call *call, void *arg, struct kms_key_record *key)
{
        const struct turn *turn = arg;
        struct kms_material_record material;

        if (str_is_set(key->material_id))
                TRY(set_material_state(call, key, key->material_id, KMS_NON_CURRENT));
        TRY(kms_add_material(call, key, turn->clear, &material));
        material.rotation_type = turn->type;
        material.rotated = OPT_INT(turn->when_ms);
        TRY(call_put(call, &kms_material_record_type, &material));
        return call_put(call, &kms_key_record_type, key);
}

/* https://docs.aws.amazon.com/kms/latest/developerguide/ct-rotatekey.html */
static void tell_rotation(struct call *call, const struct kms_key_record *key, const char *type,
                          struct str previous, struct str current)
{
        call->service_event_details = arena_printf(
                &call->arena,
                "{\"rotationType\":\"%s\",\"keyOrigin\":\"%.*s\",\"previousKeyMaterialId\":\"%.*s\","
                "\"currentKeyMaterialId\":\"%.*s\",\"keyId\":\"%.*s\"}",
                type, STR_ARG(key->origin), STR_ARG(previous), STR_ARG(current), STR_ARG(key->id));
}

/* New material, the same in all regions of the key. */
static int rotate(struct call *call, struct kms_key_record *key, struct str type)
{
        _cleanup_(secret_done) struct secret bytes = {};
        struct turn turn = {.type = type, .when_ms = call->now_ms};

        TRY(secret_new(&bytes, kms_spec_find(key->spec)->material_len));
        random_fill(bytes.bytes, bytes.len);
        turn.clear = secret_str(&bytes);
        TRY(call_put(call, &kms_key_record_type, key));
        if (kms_is_multi_region(key))
                return kms_each_region(call, key, turn_region, &turn);
        return turn_region(call, &turn, key);
}

/* "When the KMS key is re-enabled, if the key material is past its last scheduled rotation date, AWS KMS
 * rotates it immediately." */
int kms_resume_rotation(struct call *call, struct kms_key_record *key)
{
        if (!key->next_rotation.is_set || key->next_rotation.value > call->now_ms)
                return 0;
        return kms_plan_rotation(call, key, OPT_INT(call->now_ms));
}

/* What was done on demand is told in an event of its own. */
static int plan_telling(struct call *call, const struct kms_key_record *key, struct str previous,
                        struct str current)
{
        return kms_set_timer(call, TIMER, OPT_INT(call->now_ms),
                             arena_printf(&call->arena, "%.*s %.*s %.*s",
                                          STR_ARG(kms_subject(&call->arena, key)), STR_ARG(previous),
                                          STR_ARG(current)));
}

static int tell_on_demand(struct call *call, const struct kms_key_record *key, struct str materials)
{
        struct str previous;

        if (!str_cut(&materials, ' ', &previous) || !str_is_set(materials))
                return -EBADMSG;
        tell_rotation(call, key, "ON_DEMAND", previous, materials);
        return 0;
}

/* A key that is not enabled is passed over: its rotation waits until it is. */
int kms_rotate_key_due(struct call *call, struct str subject)
{
        struct kms_key_record key, rotated;
        int r = kms_due_key(call, &subject, &key);

        if (r != 0)
                return r;
        if (str_is_set(subject))
                return tell_on_demand(call, &key, subject);
        if (!key.rotation_period_days.is_set || !key.next_rotation.is_set ||
            key.next_rotation.value > call->now_ms || !str_eq(key.state, KMS_ENABLED))
                return 1;
        rotated = key;
        TRY(kms_plan_rotation(call, &rotated, OPT_INT(key.next_rotation.value + period_ms(&key))));
        TRY(rotate(call, &rotated, STR("AUTOMATIC")));
        TRY(kms_get_key(call, key.account, key.id, &rotated));
        tell_rotation(call, &key, "AUTOMATIC", key.material_id, rotated.material_id);
        return 0;
}

/* -- RotateKeyOnDemand: what imported keys rotate to has been imported before */

struct pending {
        struct kms_material_record material;
        bool is_there;
};

static int find_pending(struct call *call, void *arg, struct kms_material_record *material)
{
        struct pending *pending = arg;

        (void)call;
        if (str_eq(material->state, KMS_PENDING_ROTATION)) {
                pending->material = *material;
                pending->is_there = true;
        }
        return 0;
}

static int turn_imported(struct call *call, void *arg, struct kms_key_record *key)
{
        const struct kms_material_record *pending = arg;
        struct kms_material_record material;

        TRY(set_material_state(call, key, key->material_id, KMS_NON_CURRENT));
        TRY(kms_find_material(call, key, pending->id, &material));
        material.state = KMS_CURRENT;
        material.rotation_type = STR("ON_DEMAND");
        material.rotated = OPT_INT(call->now_ms);
        TRY(call_put(call, &kms_material_record_type, &material));
        key->material_id = material.id;
        return call_put(call, &kms_key_record_type, key);
}

static int rotate_imported(struct call *call, struct kms_key_record *key)
{
        struct pending pending = {};

        TRY(kms_each_material(call, key, find_pending, &pending));
        if (!pending.is_there)
                return fail(call, &kms_kms_invalid_state_exception,
                            "%.*s has no imported key material that is pending rotation.",
                            STR_ARG(kms_arn_of(&call->arena, key)));
        TRY(call_put(call, &kms_key_record_type, key));
        if (kms_is_multi_region(key))
                return kms_each_region(call, key, turn_imported, &pending.material);
        return turn_imported(call, &pending.material, key);
}

/* "An automatic rotation of this key is currently in progress or scheduled to begin within the next 20
 * minutes." */
static int check_conflict(struct call *call, const struct kms_key_record *key)
{
        if (!key->next_rotation.is_set ||
            key->next_rotation.value > call->now_ms + KMS_ROTATION_CONFLICT_MINUTES * 60 * MS_PER_S)
                return 0;
        return fail(call, &kms_conflict_exception,
                    "An automatic rotation of %.*s is in progress or scheduled to begin within the next %d "
                    "minutes.",
                    STR_ARG(kms_arn_of(&call->arena, key)), KMS_ROTATION_CONFLICT_MINUTES);
}

static int count_on_demand(struct call *call, struct kms_key_record *key)
{
        int64_t done = key->on_demand_rotations.is_set ? key->on_demand_rotations.value : 0;

        key->on_demand_rotations = OPT_INT(done + 1);
        if (done < KMS_ON_DEMAND_ROTATIONS)
                return 0;
        return fail(call, &kms_limit_exceeded_exception,
                    "The on-demand rotation quota of %d has been reached for this key.",
                    KMS_ON_DEMAND_ROTATIONS);
}

int kms_rotate_key_on_demand(struct call *call, const struct kms_rotate_key_on_demand_in *in,
                             struct kms_rotate_key_on_demand_out *out)
{
        struct kms_key_record key;
        struct str previous;

        TRY(kms_need_own_key(call, in->key_id, &key));
        TRY(check_symmetric(call, &key));
        TRY(check_primary(call, &key));
        TRY(check_conflict(call, &key));
        TRY(count_on_demand(call, &key));
        previous = key.material_id;
        if (kms_is_external(&key))
                TRY(rotate_imported(call, &key));
        else
                TRY(rotate(call, &key, STR("ON_DEMAND")));
        TRY(kms_get_key(call, key.account, key.id, &key));
        out->key_id = kms_arn_of(&call->arena, &key);
        return plan_telling(call, &key, previous, key.material_id);
}

/* -- ListKeyRotations */

struct listing {
        struct kms_page page;
        const struct kms_key_record *key;
        struct kms_rotations_list_entry_list *list;
        bool with_all;
        bool is_more;
        int64_t after;
};

static struct kms_rotations_list_entry entry_of(struct call *call, const struct listing *listing,
                                                const struct kms_material_record *material)
{
        struct kms_rotations_list_entry entry = {
                .key_id = kms_arn_of(&call->arena, listing->key),
                .key_material_id = material->id,
                .rotation_date = material->rotated,
                .rotation_type = material->rotation_type,
        };

        if (listing->with_all)
                entry.key_material_state = material->state;
        if (!kms_is_external(listing->key))
                return entry;
        entry.key_material_state = material->state;
        entry.import_state = str_is_set(material->sealed) ? STR("IMPORTED") : STR("PENDING_IMPORT");
        entry.key_material_description = material->description;
        if (str_is_set(material->sealed)) {
                entry.expiration_model = material->expiration_model;
                entry.valid_to = material->valid_to;
        }
        return entry;
}

static int add_rotation(struct call *call, void *arg, struct kms_material_record *material)
{
        struct listing *listing = arg;

        if (!listing->with_all && !material->rotated.is_set)
                return 0;
        if (material->number.value <= listing->after)
                return 0;
        if (kms_page_is_full(&listing->page)) {
                listing->is_more = true;
                return 0;
        }
        listing->list->items[listing->list->count++] = entry_of(call, listing, material);
        listing->page.count++;
        listing->page.last = arena_printf(&call->arena, "%lld", (long long)material->number.value);
        return 0;
}

int kms_list_key_rotations(struct call *call, const struct kms_list_key_rotations_in *in,
                           struct kms_list_key_rotations_out *out)
{
        const struct kms_page_limits limits = {KMS_PAGE_DEFAULT, 1000};
        struct listing listing = {.list = &out->rotations,
                                  .with_all = str_eq(in->include_key_material, STR("ALL_KEY_MATERIAL"))};
        struct kms_key_record key;

        TRY(kms_need_key(call, in->key_id, KMS_BY_ID, &key));
        TRY(check_symmetric(call, &key));
        listing.key = &key;
        TRY(kms_page_begin(&listing.page, call, in->marker, in->limit, limits, key.id));
        if (str_is_set(listing.page.after))
                TRY(str_to_i64(listing.page.after, &listing.after));
        out->rotations = (struct kms_rotations_list_entry_list){.is_set = true};
        out->rotations.items =
                arena_new_array(&call->arena, struct kms_rotations_list_entry, listing.page.limit);
        if (!out->rotations.items)
                return -ENOMEM;
        TRY(kms_each_material(call, &key, add_rotation, &listing));
        return kms_page_end(&listing.page, listing.is_more, &out->truncated, &out->next_marker);
}
