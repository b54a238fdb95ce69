/* One call of one operation, from the pipeline's first step to its last: what a handler is given, and what it
 * may ask for. A handler holds business rules only; see docs/life-of-a-request.md for what is done around it.
 */
#pragma once

#include "auth/auth.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/losses.h"
#include "crypto/keyring.h"
#include "net/sender.h"
#include "policy/policy.h"
#include "store/record.h"
#include "wire/descriptor.h"

struct event_pattern_cache;
struct held_policy;
struct attempts;
struct budgets;
struct damage;
struct policy_cache;
struct key_cache;
struct blobs;
struct s3_website;
struct call;

/* What outlives calls; owned by the server, shared by all threads, read-only here. */
struct host {
        struct clock *clock;
        struct store *store;
        const struct keyring *keyring;
        struct auth *auth;
        struct policy_cache *policies;
        struct attempts *attempts;            /* at codes, which wrong ones use up */
        struct attempts *sign_ins, *visitors; /* at passwords: by user, and by address */
        struct event_pattern_cache *patterns; /* compiled, by their text */
        struct budgets *lookups;              /* of the event history, by account (budgets.h) */
        struct damage *damage;                /* told of what cannot be read (damage.h); NULL: nobody is */
        struct key_cache *keys;               /* opened key material (crypto/key_cache.h) */
        struct blobs *blobs;                  /* bodies that are too long for the store */
        struct losses *losses;                /* what a bound has left out, counted (base/losses.h) */
        const atomic_bool *is_stopping;    /* what takes long and is done again later ends then: -ESHUTDOWN */
        struct str partition;              /* "aws" */
        struct str mail_server, mail_from; /* that mails are handed to, and whose they are; absent: none */
        struct str public_url;             /* under which others reach the API; absent: nobody has said it */
        struct str endpoint,
                tls_endpoint;   /* that it listens on: "http://127.0.0.1:4566"; absent: it does not */
        struct str names;       /* of this machine, split by commas; absent: none were given */
        int64_t trail_delay_ms; /* between an event and the file of a trail that it comes in */
};

/* What a permission is asked on. Filled in by the finders of services (api_resource.find). */
struct resource {
        struct str arn;
        struct str account;           /* owner; absent: the account of the call */
        struct str region;            /* where the permission must be effective; absent: the call's */
        struct str type;              /* "AWS::IAM::User", for the event */
        struct str policy;            /* its resource policy's document; absent: none */
        enum policy_kind policy_kind; /* POLICY_RESOURCE, POLICY_KEY or POLICY_TRUST */
        bool policy_required; /* nothing is allowed without the policy's allow: KMS keys, roles to assume */
        bool policy_only_denies; /* what it allows does not count: it is not the owner's, or restricted */
        struct str policy_name;  /* for traces; absent: the ARN */
        /* Nothing is told of it to who may not use it: a refusal is that of a resource of this name which is
         * not there, and has no policy. Absent: there is nothing to hide. */
        struct str told;
        /* What is said to who is not let by its policy in place of a denial: an error of the service, as if
         * it might not be there, and its message. NULL: that he is denied. */
        const struct api_error *denied_as;
        const char *denied_text;
        /* In the text of a refusal: what it is called, behind "on", and why its policy does not allow, behind
         * "because". Absent: "resource: " and the ARN; that no policy allows it. */
        struct str told_place, told_reason;
        struct str_map tags;           /* aws:ResourceTag/... */
        const struct policy_key *keys; /* further condition keys that this resource gives */
        size_t key_count;

        /* What stands behind this one, and must allow the same action: the bucket of an access point. */
        const struct resource *behind;
        bool is_waived; /* set by settle(): for this action nothing is asked, another permission includes it
                         */
        bool account_agrees; /* of one behind: the account of another that asks has let it, and can only deny
                              */
        struct str noted;    /* what the event names in place of the ARN; absent: that */

        struct str asker_id; /* S3's: the canonical user id of the account that asks; absent: it has none */

        const void *of; /* the service's own, for what follows */
        /* What of all this depends on the action that is asked for: called on a copy of it. NULL: nothing. */
        int (*settle)(struct call *call, struct str action, struct resource *resource);
        /* Condition keys that are worked out only when a policy names them, of any name; NULL: none. 1:
         * found; 0: the request does not have this key; < 0: it cannot be told, so the call is refused. What
         * is given lives in the call's arena. */
        int (*find_key)(struct call *call, const struct resource *resource, struct str name,
                        struct policy_key *ret);
        /* The grants of this resource that cover the action for this call, KMS's, and lines of S3's ACLs;
         * asked only when policies do not allow. NULL: none. */
        int (*find_grants)(struct call *call, const struct resource *resource, struct str action,
                           const struct policy_grant_ref **ret, size_t *ret_count);
};

/* What a handler found out that the pipeline should do instead of answering. */
enum call_wish {
        CALL_WISH_NONE,
        CALL_WISH_WORKER, /* run it again on a thread that may take its time */
        CALL_WISH_WRITE,  /* run it again in a write transaction */
        CALL_WISH_WAIT,   /* run it again when there may be something to answer */
        CALL_WISH_AFRESH, /* run it again in a newer snapshot */
};

/* For what a call waits: see call_wait(). */
struct call_wait {
        uint64_t what;       /* see call_touch_waited() */
        int64_t due_ms;      /* of the one clock; INT64_MAX: none */
        int64_t deadline_ns; /* monotonic; 0: it has not begun to wait */
};

/* What a service wants stored with the event of the call. */
struct call_note {
        struct str text; /* "kms.KeyUsage SUBJECT" */
        struct call_note *next;
};

/* A line of an access log. */
struct call_line {
        struct str text; /* "s3.AccessLog SUBJECT", as notes are */
        struct call_line *next;
};

/* What an operation with the word `sign-in` says of it for its event. */
struct call_sign_in {
        struct principal who; /* who it is about, proven or not; ANONYMOUS: nobody that is known */
        struct str account;   /* that it is about; absent: none that is known */
        struct str event;     /* absent: the operation's */
        struct str problem; /* the event's errorMessage, which the client is not told; absent: it succeeded */
        struct str credentials; /* the access key id that was given out; absent: none */
};

/* A record that was read by call_get_once(). */
struct call_kept {
        const struct record_type *type;
        const void *record;
        struct call_kept *next;
};

/* What is not in the call's memory, but goes with it. */
struct call_hold {
        void *what;
        void (*release)(void *what);
        struct call_hold *next;
};

/* A resource that the event shall name beside those that were authorised. */
struct call_resource {
        struct str arn, account, type;
        struct call_resource *next;
};

/* Where the body of a call goes before its handler runs, made by the operation's receive function: on a
 * thread that may wait for a disk, outside transactions. What write() and end() refuse is the call's error,
 * by fail(). */
struct body_sink {
        int (*write)(struct body_sink *sink, struct str bytes);
        int (*end)(struct body_sink *sink); /* that was all, and as the client signed it */
        /* Once, whatever became of the call: frees the sink, and what it wrote if the call did not succeed.
         */
        void (*done)(struct body_sink *sink, bool succeeded);
};

/* A header of the answer besides those that the output makes, be it an error or not. */
struct call_header {
        struct http_header header;
        struct call_header *next;
};

/* A call that a service makes in the name of a role that was given to it, of an operation of its own: with
 * the permissions and the work that it brings instead of the operation's. Replicas are put so. */
struct call_act {
        const struct principal *principal; /* the role's session */
        bool is_by_client; /* the client itself does it, who has just proven to be the principal */
        struct str region; /* of the endpoint that would be called */
        const struct api_operation *operation;
        const void *in; /* the operation's input: for condition keys and the event; out: its output */
        void *out;
        /* Asks for all that is needed (call->authorise) before it changes anything: what it has changed when
         * it gives -ECALL stays. */
        int (*run)(struct call *call, void *arg);
        void *arg;
};

/* A call that a service makes in its own name, on behalf of somebody. */
struct call_by_service {
        struct str principal; /* "logging.s3.amazonaws.com" */
        struct str source_arn, source_account;
        const struct http_request *request; /* what it would be if it had come over the wire: its headers */
        struct str body;                    /* of an operation that takes a stream */
        /* Where the body went before the transaction, the caller's: left by a call in a snapshot, and taken
         * by the one that follows, which is done with it no more than the call that makes it. NULL: in the
         * transaction it is written as it is. */
        struct body_sink **received;
};

/* To others, over the network: one of the two. Its body lies in the call's arena; all else may stand in
 * records. */
struct call_sending {
        const struct sender_request *request;
        const struct sender_mail *mail;
};

struct call {
        struct arena arena; /* bounded; freed with the call */
        struct txn *txn;    /* a snapshot, or the transaction of the write */
        const struct host *host;
        const struct api_operation *operation;
        enum api_protocol
                protocol; /* of those that the service speaks; for errors, also when there is none */
        const struct http_request *request;
        const struct auth_result *auth; /* how it was proven who asks */
        struct principal principal;
        struct str account; /* whose resources are meant: the principal's account */
        struct str region;  /* of the endpoint that was called: "us-east-1"; global services have us-east-1 */
        int64_t now_ms;     /* the one clock, read once a call */
        const void *in;     /* the operation's input, decoded and valid; NULL before that */
        /* Rest: the name in front of the service's own host, which begins the path; and which of its
         * endpoints the host of AWS's names ("s3-accesspoint"). Absent: none. */
        struct str host_name, host_endpoint;
        const void *addressed;  /* what the service's settle_address() left */
        const void *addressee;  /* what the service has read of it in this transaction; NULL: nothing yet */
        const void *worked_out; /* the service's own, in this transaction, for when it is wanted again; NULL:
                                   nothing */
        struct call_kept *kept; /* what call_get_once() has read in this transaction */
        bool may_take_time;     /* this thread is one that others do not wait for */
        bool may_wait;          /* it is a client's own call, which can be answered later */
        bool may_look_afresh;   /* it is a read, in a snapshot of its own, and has not done so yet */
        enum call_wish wish;
        struct call_wait wait; /* with CALL_WISH_WAIT */

        /* A call that a service makes: in somebody's name, then the principal is that one and via_service
         * says who asks for it; or in its own, then the principal is the service, and what follows says on
         * whose behalf. Absent: the client asks itself. */
        struct str via_service; /* "s3.us-east-1.amazonaws.com" */
        struct str source_arn, source_account;
        struct str
                acting_service; /* "s3.amazonaws.com", which acts in the name of a role; absent: none does */
        struct str request_id;  /* UUID */
        struct str event_id;    /* UUID */

        /* The AWS error of this call; set by fail(). */
        const struct api_error *error;
        struct str error_message;
        bool was_denied_explicitly;   /* the last permission that was asked for and denied: by a statement */
        struct str_map error_details; /* S3's: what the error says besides; added by call_detail() */
        struct str error_members;     /* JSON: members that the error has besides, as JSON; absent: none */

        struct call_header *headers; /* added by call_header() */
        unsigned int status;         /* of the answer; 0: as the operation says */
        struct body_sink *received;  /* of an operation that takes a stream: it has ended */
        struct str_map trailers;     /* what came behind a body in chunks, names in lower case */
        struct http_source *answer;  /* of one that gives a stream: in place of the output's member */

        struct call_resource *resources;
        struct call_note *notes;
        struct call_line *lines;  /* of access logs; added by call_log(), the newest first */
        void *accessed;           /* the service's own, for what it logs of the call; NULL: nothing yet */
        bool has_mfa_code;        /* a right code came with the call itself: policies see it */
        bool is_allowed_by_grant; /* a permission came from a grant, or an ACL, and not from a policy */
        struct str additional_event_data; /* JSON object for the event; absent: none */
        struct str service_event_details; /* the same, of what fell due */
        struct str response_elements;     /* the same, of an operation that answers nothing */
        const void *told_in; /* the input as the event tells it: call_tell_in(); NULL: as it came */

        struct s3_website *website; /* of a page of a website: services/s3/website.h; else NULL */

        struct call_sign_in *sign_in; /* of operations with that word; NULL: not known yet */

        void *prepared; /* what the operation's prepare function left for its handler; in the arena */
        /* What the prepare function of a timer has sent, when its snapshot is let go; NULL, both: nothing.
         * And what came of it, for the transaction. */
        const struct call_sending *sending;
        const struct sender_answer *sent;

        struct held_policy *held; /* compiled policies in use; released by call_done() */
        struct call_hold *holds;  /* added by call_hold() */

        struct call *inner; /* calls that this one made of other services; done with it */

        /* Calls another service within this transaction, in the name of this call's principal and through
         * all that the pipeline demands: validation, every policy, the event. via_service: who asks,
         * "s3.us-east-1.amazonaws.com". *out lives as long as this call. -ECALL: refused, the error is this
         * call's; an operation that writes is refused to one that reads (-EPERM). Set by the pipeline. */
        int (*invoke)(struct call *call, const struct api_operation *operation, const void *in, void *out,
                      struct str via_service);

        /* The same in the name of the service itself, with an account, an address and a body of the call's
         * own, as if it had come from there; aws:SourceArn and aws:SourceAccount say on whose behalf. One
         * that changes something only in a transaction; one with a body only where no client waits for it. A
         * refusal is recorded as well. In a snapshot (the prepare function of a timer) one with a place for
         * its body goes as far as that, which is left in by->received: nothing is recorded. Set by the
         * pipeline. */
        int (*as_service)(struct call *call, const struct call_by_service *by,
                          const struct api_operation *operation, const void *in, void *out);
        /* Does it, and records it as a call of its own: refused too. -ECALL: the error is this call's. Set by
         * the pipeline. */
        int (*act)(struct call *call, const struct call_act *act);

        /* Asks for one more permission, whose need only the handler finds out. -ECALL: denied, in AWS's
         * words. Set by the pipeline. */
        int (*authorise)(struct call *call, struct str action, const struct resource *resource);
};

/* For the pipeline: the memory and what the call holds. */
void call_init(struct call *call, const struct host *host, size_t memory_limit);
void call_done(struct call *call);
/* From now on it is this transaction: nothing that was read in another one counts. */
void call_enter(struct call *call, struct txn *txn);

/* Records the AWS error that the client shall see, and gives -ECALL. */
must_check int fail(struct call *call, const struct api_error *error, const char *format, ...) _printf_(3, 4);

/* The same for errors that AWS sends without a text. */
must_check int fail_silently(struct call *call, const struct api_error *error);

/* A refusal that is not the call's: it goes on. */
void call_forgive(struct call *call);

/* A copy of the operation's input, which the event tells in its place: for the handler to fill in what holds
 * where the request says nothing. NULL: no memory. */
void *call_tell_in(struct call *call);

/* What is said besides the message of an error: <BucketName>...</BucketName>. To be called before fail(). */
void call_detail(struct call *call, struct str name, struct str value);
/* A header of the answer. The name is a literal; the value is copied. */
void call_header(struct call *call, struct str name, struct str value);

/* Errors that every protocol has under a name of its own. Invalid: ValidationException (ValidationError), for
 * what limits of shapes cannot say. */
must_check int call_denied(struct call *call, const char *format, ...) _printf_(2, 3); /* AccessDenied */
must_check int call_invalid(struct call *call, const char *format, ...) _printf_(2, 3);

/* Something outside of the store that the snapshot tells of is not there: perhaps not any more. A code with
 * which the pipeline runs the call once more, in a newer snapshot; 0: there is none newer, so that it is
 * missing. */
must_check int call_look_afresh(struct call *call);
/* Before work that takes milliseconds (private keys, new key pairs): TRY(call_take_time(call)). 0 on a thread
 * that may wait; else a code with which the pipeline runs the call again on one. */
must_check int call_take_time(struct call *call);
/* In an operation that only reads, as a rule, before it stores something: 0 in a write transaction; else a
 * code with which the pipeline runs the call again as a write. */
must_check int call_need_write(struct call *call);

/* In an operation that reads, or that writes and has changed nothing yet, when there is nothing to answer:
 * gives a code with which the pipeline suspends the call, and runs it again when `what` is touched, when the
 * clock has come to due_ms, and at the end of wait_ms, which are of the client's time: the wall clock's.
 * Then, while the server stops, and where nobody can wait, 0. Nothing is held meanwhile but the call's memory
 * and its connection. */
must_check int call_wait(struct call *call, uint64_t what, int64_t due_ms, int64_t wait_ms);
/* The same in a transaction that has changed something and has nothing to answer all the same: what it has
 * changed is committed, and the call goes on waiting. 0: the handler ends, by 0 and without an output. */
must_check int call_wait_after_commit(struct call *call, uint64_t what, int64_t due_ms, int64_t wait_ms);
/* Who waits for it looks again after the commit: one for each time that it is touched. */
void call_touch_waited(struct call *call, uint64_t what);

/* It is released when the call ends, or at once when that cannot be kept in mind (-ENOMEM): what a prepare
 * function leaves for a handler that may not run. NULL is nothing. */
must_check int call_hold(struct call *call, void *what, void (*release)(void *what));

/* What a bound leaves out is counted (base/losses.h) and logged, with whose it is: never what it holds. None
 * is nothing. */
void call_lose(struct call *call, enum loss loss, uint64_t count, const char *message, struct str whose);

/* Has something stored with the event of the call, by a `note` of api/<service>.api ("kms.KeyUsage"); the
 * same text at most once a minute. */
must_check int call_note(struct call *call, struct str name, struct str subject);

/* Adds a line to an access log, by a `note` of api/<service>.api, which stores it: with the change; of all
 * other calls soon after. For api_service.log_access. */
must_check int call_log(struct call *call, struct str name, struct str subject);

/* Names a resource in the event. */
void call_touch(struct call *call, struct str arn, struct str type);

/* The compiled form of a stored document, shared by all calls that use the same text; held until the call
 * ends. -EINVAL when it does not compile (then nothing is allowed by it: callers refuse). */
must_check int call_policy(struct call *call, struct str document, enum policy_kind kind,
                           const struct policy **ret);

/* Seals and opens under the server's keys; `bound` names the record. */
must_check int call_seal(struct call *call, struct str bound, struct str clear, struct str *ret_sealed);
must_check int call_open(struct call *call, struct str bound, struct str sealed, struct secret *ret_clear);

/* Shorthands for the records of this call's transaction. */
static inline int call_get(struct call *call, const struct record_type *type, void *record)
{
        return record_get(call->txn, &call->arena, type, record);
}
/* The same of a record with one string for a key that is asked for again and again, for each of a thousand
 * keys: read and decoded once in a transaction, so that it takes the call's memory once. What it points to is
 * shared: nothing of it may be changed in place. */
must_check int call_get_once(struct call *call, const struct record_type *type, void *record);
/* Before the call changes records of a type: they are read anew. */
void call_forget_kept(struct call *call, const struct record_type *type);
static inline int call_put(struct call *call, const struct record_type *type, const void *record)
{
        call_forget_kept(call, type);
        return record_put(call->txn, type, record);
}
static inline int call_insert(struct call *call, const struct record_type *type, const void *record)
{
        call_forget_kept(call, type);
        return record_insert(call->txn, type, record);
}
static inline int call_delete(struct call *call, const struct record_type *type, const void *record)
{
        call_forget_kept(call, type);
        return record_delete(call->txn, type, record);
}
