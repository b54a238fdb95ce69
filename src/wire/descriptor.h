/* What the files of api/ become: constant tables that describe every shape, operation, error, resource and
 * record. tools/apigen.py writes them (into the build tree); the codecs, the validation, the redacted audit,
 * the router, the authorisation and the record store read them. Nothing here is ever written at run time.
 *
 * C types of the kinds:
 *
 *   string, enum     struct str         absent: ptr == NULL
 *   blob             struct str         raw bytes
 *   boolean          struct opt_bool
 *   integer, long    struct opt_int
 *   float, double    struct opt_double
 *   timestamp        struct opt_int     milliseconds since 1970
 *   list             struct wire_list   generated structs have the same layout with a typed pointer; items
 * lie one after the other, each of element->size bytes map              struct wire_map    likewise; an entry
 * is a struct str key, then the value (at value_offset) structure        pointer to the generated struct,
 * NULL when absent; as an item of a list or the value of a map it is the struct itself, in place document
 * struct str         any JSON value as text stream           struct str         body of a rest operation
 * (bounded until the blob store exists)
 *
 * Generated names: struct <service>_<shape in snake case>, handlers <service>_<operation>(). */
#pragma once

#include "base/str.h"

struct opt_bool {
        bool is_set;
        bool value;
};

struct opt_int {
        bool is_set;
        int64_t value;
};

struct opt_double {
        bool is_set;
        double value;
};

#define OPT_INT(v)  ((struct opt_int){true, (v)})
#define OPT_BOOL(v) ((struct opt_bool){true, (v)})

struct wire_list {
        void *items;
        size_t count;
        bool is_set; /* an empty list that was given is not an absent one */
};

struct wire_map {
        void *items;
        size_t count;
        bool is_set;
};

/* The two commonest, shared by all services. */
struct str_list {
        struct str *items;
        size_t count;
        bool is_set;
};

struct str_pair {
        struct str key;
        struct str value;
};

struct str_map {
        struct str_pair *items;
        size_t count;
        bool is_set;
};

enum wire_kind {
        WIRE_STRING,
        WIRE_BLOB,
        WIRE_BOOLEAN,
        WIRE_INTEGER,
        WIRE_LONG,
        WIRE_DOUBLE,
        WIRE_TIMESTAMP,
        WIRE_LIST,
        WIRE_MAP,
        WIRE_STRUCT,
        WIRE_DOCUMENT,
        WIRE_STREAM,
};

enum wire_flag {
        WIRE_SECRET = 1 << 0, /* never in logs or events */
        WIRE_HAS_MIN = 1 << 1,
        WIRE_HAS_MAX = 1 << 2,
        WIRE_FLATTENED = 1 << 3,  /* list or map without a wrapping element (query, xml) */
        WIRE_UNION = 1 << 4,      /* structure of which exactly one member is set */
        WIRE_NOCASE = 1 << 5,     /* record keys: compared without regard to ASCII case */
        WIRE_UNRECORDED = 1 << 6, /* left out of events altogether */
        WIRE_SEALED = 1 << 7,     /* field of a record: under the master key, bound to record_name() */
        WIRE_ATTRIBUTE = 1 << 8,  /* member: an attribute of the XML element that its structure is */
        WIRE_UNWRAPPED = 1 << 9,  /* output: its only member in the body is the XML document */
        WIRE_FORM = 1 << 10,      /* rest, input: its members in the body are the fields of an HTML form */
        WIRE_BARE = 1 << 11,      /* ec2, member: a list that is an array in events, without "items" */
};

enum wire_time { WIRE_TIME_DEFAULT, WIRE_TIME_ISO, WIRE_TIME_EPOCH, WIRE_TIME_HTTP };

/* Where a member of a rest operation travels. */
enum wire_place {
        WIRE_IN_BODY,
        WIRE_IN_PATH,
        WIRE_IN_QUERY, /* one parameter (all of its name for a list), or all that are left for a map */
        WIRE_IN_HEADER,
        WIRE_IN_HEADERS, /* all with a prefix, for a map */
        WIRE_IN_PAYLOAD, /* the body itself */
        WIRE_IN_STATUS,
};

struct wire_type;
struct api_error;

struct wire_member {
        struct str name;       /* AWS's: "UserName" */
        struct str wire_name;  /* on the wire; the same unless the .api file says otherwise (of a payload: the
                                  root of its XML document) */
        struct str form_name;  /* in forms, where it is not wire_name: of ec2, and of query where the service
                                  speaks JSON too; absent: the same */
        struct str event_name; /* of ec2: in events; absent: as on the wire */
        const struct wire_type *type;
        uint32_t offset; /* in the generated struct */
        uint32_t number; /* of the field of a record, from 1; 0 in other shapes */
        uint32_t flags;  /* of this member: WIRE_SECRET, WIRE_NOCASE, WIRE_FLATTENED, WIRE_UNRECORDED */
        bool required;
        enum wire_place place;
};

struct wire_type {
        struct str name; /* AWS's shape name: "existingUserNameType" */
        enum wire_kind kind;
        uint32_t size; /* bytes of the C value as an item: of the struct itself for a structure */
        uint32_t flags;
        int64_t min, max;   /* characters, bytes, items, or the value itself, by kind */
        struct str pattern; /* PCRE2, to match the whole value; absent: none */
        /* Of a value that does not match, where the service words it itself: the sentence after "The
         * specified value for userName is invalid."; with S3's errors all of it. Absent: as usual. */
        struct str says;
        const struct api_error *fails; /* rest-xml: the error of such a value; NULL: the protocol's */
        const struct str *values;      /* of an enum */
        size_t value_count;
        const struct wire_member *members; /* of a structure, in the order of the .api file */
        size_t member_count;
        const struct wire_type *element; /* of a list, or the values of a map */
        const struct wire_type *key;     /* of a map */
        uint32_t value_offset;           /* of a map: where the value stands in an entry */
        struct str element_name;         /* query and xml: of a list's items ("member"), or of a map's values
                                            ("value") */
        struct str key_name;             /* "key" */
        enum wire_time time;
        struct str root_name; /* rest-xml, of an input or output: its document's root; absent: by default */
        struct str xml_prefix, xml_uri; /* rest-xml, of a structure: a namespace that its element declares */
};

struct call;
struct resource;
struct api_service;
struct api_operation;

struct api_error {
        struct str name;     /* shape name: "NoSuchEntityException" */
        struct str code;     /* on the wire: "NoSuchEntity" */
        unsigned int status; /* HTTP */
        bool is_sender;      /* query: <Type>Sender</Type>, else Receiver */
        struct str
                query_code; /* in the query protocol, of what other protocols can say too; absent: the same */
        unsigned int query_status; /* with it */
};

/* A kind of resource. Its finder is written by hand in the service's folder: from the values of the members
 * named in `on kind(Member, ...)` (absent ones as absent) it fills ARN, owner, tags and resource policy.
 * A resource that does not exist still has an ARN and is authorised before the handler says NotFound. */
struct api_resource {
        struct str name; /* "user" */
        int (*find)(struct call *call, const struct str *args, struct resource *ret);
};

#define API_RESOURCE_ARGS 3

/* One `allow` line: all lines of an operation must be allowed. */
struct api_permission {
        struct str action;                                 /* "iam:CreateUser" */
        const struct api_resource *resource;               /* NULL: "*" */
        const struct wire_member *args[API_RESOURCE_ARGS]; /* members of the input; NULL after the last */
        size_t arg_count;
        const struct wire_member *when;   /* only asked when this member is given; NULL: always */
        const struct wire_member *unless; /* only asked when this member is not given; NULL: always */
};

/* One `key` line: a condition key that this operation's input gives. A member of a list of strings gives
 * several values. Members named Tags (a list of Key/Value structures, or a map) give aws:RequestTag/ and
 * aws:TagKeys without a line of their own, members named TagKeys give aws:TagKeys. */
struct api_key {
        struct str name;
        const struct wire_member *member;
};

enum api_audit { API_AUDIT_MANAGEMENT, API_AUDIT_DATA };

struct api_operation {
        const struct api_service *service;
        struct str name;
        struct str event_name; /* in CloudTrail: mostly the same */
        bool is_write;         /* runs in a write transaction, and its event commits with it */
        bool event_read_only;  /* "readOnly" of the event */
        bool is_planned;       /* routed, authorised, recorded, and answered 501 */
        bool is_public;        /* no signature needed: AssumeRoleWithWebIdentity and its kin */
        bool is_sign_in; /* what it carries is the proof of who asks: signatures count for nothing, and the
                            handler says in call->sign_in who it was */
        bool is_page;    /* shows a page that tells nothing: in no event, unless it is refused */
        bool needs_no_permission; /* sts:GetCallerIdentity: allowed even under an explicit deny */
        bool needs_sum;           /* rest-xml: with Content-MD5 or a checksum of the body */
        bool takes_compressed;    /* a body that is gzip, where Content-Encoding says so */
        bool is_enclosed;         /* ec2: events have its parameters inside "<name>Request" */
        enum api_audit audit;
        struct str http_method; /* rest only */
        struct str http_uri;    /* "/{Bucket}/{Key+}" */
        unsigned int http_status;
        const struct wire_type *input; /* never NULL: an empty structure */
        const struct wire_type *output;
        bool has_result_wrapper; /* query: <XResult> inside <XResponse> */
        const struct api_error *const *errors;
        size_t error_count;
        const struct api_permission *permissions;
        size_t permission_count;
        const struct api_key *keys;
        size_t key_count;
        /* Work that takes long (deriving keys), done before the transaction on a thread that may wait, in a
         * snapshot: int <service>_<operation>_prepare(struct call *, const struct X_in *). NULL: none. */
        void (*prepare)(void);
        /* Of an operation whose body is a stream: where it goes, before any of it is there. int
         * <service>_<operation>_receive(struct call *, const struct X_in *, struct body_sink **). NULL:
         * none. */
        void (*receive)(void);
        /* int <service>_<operation>(struct call *, const struct X_in *, struct X_out *), cast; NULL if
         * planned. Call it through api_handler. */
        void (*handler)(void);
};

struct body_sink;
typedef int (*api_prepare)(struct call *call, const void *in);
typedef int (*api_receive)(struct call *call, const void *in, struct body_sink **ret);
typedef int (*api_handler)(struct call *call, const void *in, void *out);

/* What a service does when it falls due (events/timers.h); `subject` is what was given when the timer was
 * set. In the transaction: 0 when it was done, and its event, of the timer's name, commits with it; 1 when
 * there is nothing to be done any more. Written by hand in the service's folder. */
struct api_timer {
        struct str name; /* "DeleteKey"; part of what is stored */
        int (*fire)(struct call *call, struct str subject);
        bool is_at_start; /* also set, with an empty subject, whenever the server starts */
        /* Of one with the word `slow`: before the transaction, in a snapshot, on a thread that may take its
         * time. call->prepared, call->received and call->sent
         * are fire's then; what is recorded in it is not. < 0: fire
         * is not called, and all of it is tried again later. NULL: none. */
        int (*prepare)(struct call *call, struct str subject);
};

/* What a service stores with the event of a call that asked for it by call_note(): in the transaction that
 * keeps the event. `subject` is what was given there. Written by hand in the service's folder. */
struct api_noted {
        int64_t time_ms;
        struct str event_id, request_id;
};
struct txn;
struct arena;
struct api_note {
        struct str name;
        int (*noted)(struct txn *txn, struct arena *arena, struct str subject, const struct api_noted *noted);
};

/* A piece of the path of a rest operation. */
struct api_segment {
        struct str literal;              /* absent: a label */
        const struct wire_member *label; /* whose value it is */
        bool is_greedy; /* takes what the segments behind it leave, slashes too; the last but for
                           literals */
};

/* How a rest operation is addressed: its method, its URI taken apart, and the required members of query and
 * header that tell it from others of the same URI. */
struct api_route {
        const struct api_operation *operation;
        const struct api_segment *segments;
        size_t segment_count;
        const struct str_pair *query; /* an absent value: any */
        size_t query_count;
        const struct wire_member *const *asks;
        size_t ask_count;
};

/* What a browser asks for a page of another origin: by a header of the request itself, or before it by one of
 * the method OPTIONS. https://fetch.spec.whatwg.org/#http-cors-protocol */
struct api_cross_origin {
        bool is_preflight;
        struct str origin;  /* "https://www.example.com"; absent: a preflight request without one */
        struct str path;    /* as the URIs of the service are: a virtual host's name in front */
        struct str method;  /* of the request itself, or that one which is asked about; may be absent */
        struct str headers; /* asked about, as they were sent; absent: none */
};

/* How a request ended, for a service that logs requests for its customers. */
struct http_request;
struct api_access {
        const struct http_request *request; /* as it came, where handlers may see what a form means */
        struct str
                path; /* as the URIs of the service are: a virtual host's name in front; absent: not read */
        struct str error; /* its code; absent: none */
        unsigned int status;
        uint64_t sent; /* bytes of the answer's body */
        int64_t total_ms, turn_around_ms;
};

/* What a service shows to everybody at an address of its own. */
struct api_document {
        struct str type; /* "text/plain" */
        struct str body;
};

enum api_protocol { API_QUERY, API_EC2, API_JSON_1_0, API_JSON_1_1, API_REST_JSON, API_REST_XML, API_CBOR };

struct api_service {
        struct str name;            /* "iam": folder, prefix of C names */
        struct str signing_name;    /* of the credential scope; usually the same */
        struct str endpoint_prefix; /* of the host name */
        struct str event_source;    /* "iam.amazonaws.com" */
        struct str title;           /* AWS's name in texts: "AWS Identity and Access Management" */
        enum api_protocol protocol; /* the first one */
        unsigned int protocols;     /* all that it speaks: bits 1U << API_... */
        struct str version;         /* "2010-05-08" */
        struct str target_prefix; /* json: "CloudTrail_20131101" or its long form, several split by blanks */
        struct str xml_namespace;
        const struct api_error *denied;  /* what a missing permission is refused with; NULL: the protocol's */
        const struct api_error *invalid; /* what limits of shapes are refused with; NULL: the protocol's */
        /* What a required member that is absent is refused with; NULL: as what breaks a limit. */
        const struct api_error *missing;
        /* What a call is answered whose member DryRun is true, when it is allowed; NULL: there is no such
         * member. */
        const struct api_error *dry_run;
        struct str
                path_member; /* query: the member that the path means, where it is not given; absent: none */
        struct str told_actions; /* how texts of denials write its actions: "lowercase", or what stands before
                                    the colon ("SNS"); absent: as they are */
        bool quotes_resources;   /* texts of denials have resources in quotes, and none for actions without */
        bool has_fractions;      /* query: timestamps have milliseconds if there are any */
        bool is_global;          /* one endpoint, events in us-east-1 */
        bool has_s3_errors;      /* rest-xml: S3's names for what every service refuses, and its headers */
        bool has_bare_errors;    /* of these: <Error> without <ErrorResponse> around it */
        struct str marks;        /* rest: headers, split by blanks, that tell it from others of its signing
                                    name where the host does not; absent: it is the one that is meant else */
        bool has_virtual_hosts;  /* rest: the first label of a path may stand in the host name */
        bool has_websites;       /* rest: hosts of its own show what is stored (server/website.h) */
        bool takes_anonymous;    /* unsigned callers are asked of policies like others */
        /* rest: hosts of its own, "signin" for signin.aws.amazon.com, signin.localhost, and those with a
         * region or a name in front; and what its paths begin with on all other hosts. Absent, both: none. */
        struct str own_host, own_path;
        /* What a name in a request means, once it is known who asks and before it is asked who may: may
         * change the decoded input, and leaves in call->addressed what the service wants to know of it.
         * Written by hand in the service's folder. NULL: names are what they are. */
        int (*settle_address)(struct call *call, void *in);
        /* What it lets browsers do, said by call_header(); written by hand in the service's folder. -ECALL:
         * it is not let, by fail(), which answers a preflight request and means nothing to others. -ENOENT:
         * it has no say on this path. NULL: no browser is let do anything. */
        int (*cross_origin)(struct call *call, const struct api_cross_origin *asked);
        /* Logs the request, by call_log(); asked at the end of each, in the transaction of a change. Whether
         * it ended in one or not is not to be told. NULL: nothing is logged. */
        int (*log_access)(struct call *call, const struct api_access *access);
        /* What it shows at paths that begin so, to everybody, in a snapshot; it is no call. Written by hand
         * in the service's folder. -ENOENT: there is no such document. NULL: nothing is shown. */
        struct str document_prefix;
        int (*show_document)(struct call *call, struct str path, struct api_document *ret);
        const struct api_operation *operations; /* sorted by name */
        size_t operation_count;
        const struct api_route *routes; /* rest: sorted by method; the first that matches is the right one */
        size_t route_count;
        const struct api_error *errors;
        size_t error_count;
        const struct record_type *const *records;
        size_t record_count;
        const struct api_timer *timers;
        size_t timer_count;
        const struct api_note *notes;
        size_t note_count;
};

/* Every service, sorted by name. Generated. */
extern const struct api_service *const api_services[];
extern const size_t api_service_count;

/* -- Stored data ---------------------------------------------------------------------------------------- */

#define RECORD_KEY_MEMBERS 4
#define RECORD_INDEXES     6

struct record_index {
        struct str name;
        uint32_t id; /* in the service, from 1; never reused */
        const struct wire_member *members[RECORD_KEY_MEMBERS];
        size_t member_count;
        bool is_unique;
};

/* A record's type is a structure whose members have numbers. Fields of an unknown number are kept aside when
 * read by an older program and lost only when it writes; a missing field reads as absent. */
struct record_type {
        struct str name; /* "User" */
        uint32_t id;     /* service number << 16 | record number: the prefix of its keys; never reused */
        const struct wire_type *type;
        const struct wire_member *key[RECORD_KEY_MEMBERS]; /* strings or integers */
        size_t key_count;
        const struct record_index *indexes;
        size_t index_count;
        struct str resource_type; /* "AWS::IAM::User" when it is an AWS resource; else absent */
};
