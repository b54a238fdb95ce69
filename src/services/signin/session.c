/* Who is signed in, in which browser. The cookie is a random number; the row is found by its hash, and what
 * it tells is sealed. */
#include "services/signin/signin.h"

#include "base/ids.h"
#include "base/text.h"
#include "crypto/hash.h"

#define COOKIE     STR("merlon-session")
#define COOKIE_LEN 32
#define SWEPT      8 /* rows that are over, each time that one begins */

/* -- The cookie */

static struct str id_of(struct call *call, struct str cookie)
{
        char hex[2 * SHA256_LEN];

        sha256_hex(cookie, hex);
        return arena_dup_bytes(&call->arena, hex, sizeof(hex));
}

/* "a=1; merlon-session=..." */
static struct str find_cookie(const struct call *call)
{
        struct str rest = http_header_value(call->request, STR("Cookie")), pair, name;

        while (str_cut(&rest, ';', &pair)) {
                pair = str_trim(pair);
                if (str_cut(&pair, '=', &name) && str_eq(name, COOKIE) && str_is_set(pair))
                        return pair;
        }
        return STR_NONE;
}

/* Lax: who comes by a link of another site, or by a broker's redirect, is signed in; forms of other sites are
 * not. */
static void give_cookie(struct call *call, struct str value, bool is_over)
{
        struct str base = signin_base(call);

        call_header(call, STR("Set-Cookie"),
                    arena_printf(&call->arena, "%.*s=%.*s; Path=%.*s; HttpOnly; SameSite=Lax%s%s",
                                 STR_ARG(COOKIE), STR_ARG(value), STR_ARG(base.len ? base : STR("/")),
                                 signin_is_by_tls(call) ? "; Secure" : "", is_over ? "; Max-Age=0" : ""));
}

/* -- What is sealed of it: one line each */

static struct str bound(struct call *call, const struct signin_session_record *row)
{
        return record_name(&call->arena, &signin_session_record_type, row);
}

static int seal(struct call *call, const struct principal *who, struct str token,
                struct signin_session_record *row)
{
        struct str clear = arena_printf(&call->arena, "%d\n%.*s\n%.*s\n%.*s\n%.*s\n%d\n%.*s", (int)who->kind,
                                        STR_ARG(who->arn), STR_ARG(who->id), STR_ARG(who->name),
                                        STR_ARG(who->session.issuer_id), who->session.mfa, STR_ARG(token));

        return call_seal(call, bound(call, row), clear, &row->who);
}

static int read_lines(struct str rest, struct principal *who)
{
        struct str kind, mfa;
        int64_t number;

        if (!str_cut(&rest, '\n', &kind) || !str_cut(&rest, '\n', &who->arn) ||
            !str_cut(&rest, '\n', &who->id) || !str_cut(&rest, '\n', &who->name) ||
            !str_cut(&rest, '\n', &who->session.issuer_id) || !str_cut(&rest, '\n', &mfa))
                return -EBADMSG;
        TRY(str_to_i64(kind, &number));
        if (number <= ANONYMOUS || number >= AWS_SERVICE)
                return -EBADMSG;
        who->kind = (enum principal_kind)number;
        who->session.mfa = str_eq(mfa, STR("1"));
        return 0;
}

static int unseal(struct call *call, const struct signin_session_record *row, struct principal *who)
{
        _cleanup_(secret_done) struct secret clear = {};

        TRY(call_open(call, bound(call, row), row->who, &clear));
        return read_lines(arena_dup(&call->arena, secret_str(&clear)), who);
}

/* -- Its life */

static int sweep(struct call *call)
{
        const struct signin_session_record like = {};
        struct signin_session_record rows[SWEPT];
        size_t count = 0;
        int r = 0;

        {
                _cleanup_(record_scan_end) struct record_scan scan = {};

                TRY(record_scan_begin(&scan, call->txn, &call->arena, &signin_session_record_type,
                                      signin_session_by_expiry, &like, 0, STR_NONE));
                while (count < SWEPT && (r = record_scan_next(&scan, &rows[count])) == 0 &&
                       rows[count].expires.value <= call->now_ms)
                        count++;
        }
        if (r < 0 && r != -ENOENT)
                return r;
        for (size_t i = 0; i < count; i++)
                TRY(call_delete(call, &signin_session_record_type, &rows[i]));
        return 0;
}

static int drop(struct call *call)
{
        struct str cookie = find_cookie(call);
        struct signin_session_record row;
        int r;

        if (!str_is_set(cookie))
                return 0;
        row = (struct signin_session_record){.id = id_of(call, cookie)};
        r = call_get(call, &signin_session_record_type, &row);
        if (r == 0)
                r = call_delete(call, &signin_session_record_type, &row);
        return r == -ENOENT ? 0 : r;
}

int signin_begin_session(struct call *call, const struct principal *principal, int64_t expires_ms,
                         struct str token)
{
        uint8_t random[COOKIE_LEN];
        struct signin_session_record row;
        struct str cookie;

        TRY(drop(call));
        TRY(sweep(call));
        random_fill(random, sizeof(random));
        cookie = base64url_encode(&call->arena, str_make(random, sizeof(random)));
        secret_wipe(random, sizeof(random));
        row = (struct signin_session_record){.id = id_of(call, cookie),
                                             .account = principal->account,
                                             .created = OPT_INT(call->now_ms),
                                             .expires = OPT_INT(expires_ms)};
        TRY(seal(call, principal, token, &row));
        give_cookie(call, cookie, false);
        return call_insert(call, &signin_session_record_type, &row);
}

/* The session of a password ends with it: when it is taken away, and when it is changed elsewhere. */
static int check_password(struct call *call, const struct signin_session_record *row,
                          const struct principal *who)
{
        struct iam_sign_in now;

        if (who->kind != IAM_USER && who->kind != ROOT_USER)
                return 0;
        TRY(iam_find_sign_in_by_id(call, row->account, who->id, &now));
        return str_is_set(now.profile.password) && now.profile.changed.value <= row->created.value ? 0
                                                                                                   : -EACCES;
}

static int find(struct call *call, struct str cookie, struct signin_session *ret)
{
        struct signin_session_record row = {.id = id_of(call, cookie)};

        TRY(call_get(call, &signin_session_record_type, &row));
        if (row.expires.value <= call->now_ms)
                return -ENOENT;
        *ret = (struct signin_session){.created_ms = row.created.value, .expires_ms = row.expires.value};
        ret->principal.account = row.account;
        TRY(unseal(call, &row, &ret->principal));
        TRY(iam_check_session(call->txn, &call->arena, &ret->principal));
        return check_password(call, &row, &ret->principal);
}

int signin_find_session(struct call *call, struct signin_session *ret)
{
        struct str cookie = find_cookie(call);
        int r = str_is_set(cookie) ? find(call, cookie, ret) : -ENOENT;

        return r == -EACCES || r == -EBADMSG ? -ENOENT : r;
}

int signin_end_session(struct call *call)
{
        give_cookie(call, STR(""), true);
        return drop(call);
}

/* -- Its pages */

int signin_show_form(struct call *call, const struct signin_show_form_in *in,
                     struct signin_show_form_out *out)
{
        struct signin_page page;

        TRY(signin_form(call, in->account, STR_NONE, &page));
        SIGNIN_GIVE(out, page);
        return 0;
}

int signin_show_session(struct call *call, const struct signin_show_session_in *in,
                        struct signin_show_session_out *out)
{
        struct signin_session session;
        struct signin_page page;
        int r = signin_find_session(call, &session);

        (void)in;
        if (r < 0 && r != -ENOENT)
                return r;
        if (r == 0)
                TRY(signin_session_page(call, &session, &page));
        else
                TRY(signin_form(call, STR_NONE, STR_NONE, &page));
        SIGNIN_GIVE(out, page);
        return 0;
}

/* AWS records none of it. */
int signin_sign_out(struct call *call, const struct signin_sign_out_in *in, struct signin_sign_out_out *out)
{
        struct call_sign_in *told = arena_new(&call->arena, struct call_sign_in);
        struct signin_session session;
        struct signin_page page;
        int r;

        (void)in;
        if (!told)
                return -ENOMEM;
        TRY(signin_need_own_origin(call));
        r = signin_find_session(call, &session);
        if (r < 0 && r != -ENOENT)
                return r;
        TRY(signin_end_session(call));
        if (r == -ENOENT) {
                call->status = 403;
                TRY(signin_form(call, STR_NONE, STR("You are not signed in."), &page));
                SIGNIN_GIVE(out, page);
                return 0;
        }
        *told = (struct call_sign_in){.who = session.principal, .account = session.principal.account};
        call->sign_in = told;
        signin_go_on(call, 303, signin_own_path(call));
        return 0;
}
