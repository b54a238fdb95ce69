/* What the files of this folder share: where a request came from, pages, challenges, sessions, and what the
 * events of sign-ins say. */
#pragma once

#include "api/signin.h"
#include "services/call.h"
#include "services/iam/directory.h"

#define SIGNIN_MINUTE_MS (60 * MS_PER_S)
#define SIGNIN_HOUR_MS   (60 * SIGNIN_MINUTE_MS)

/* -- Where a request came from, and where it may go on: origin.c */

/* What the paths of the pages begin with: "" on hosts of the service's own. */
struct str signin_base(const struct call *call);
/* Of the first page: "/_merlon/signin/". Where browsers go on to, for in front of us may be a proxy of TLS,
 * and the host is what the client says. */
struct str signin_own_path(struct call *call);
/* As the client calls it, for the event: "http://signin.localhost:4566/". */
struct str signin_own_url(struct call *call);
bool signin_is_by_tls(const struct call *call); /* as far as its browser sees */
/* A page of another origin may not have its visitors' browsers send forms here: AccessDenied. Who says no
 * origin is no browser. */
must_check int signin_need_own_origin(struct call *call);
/* Not to anybody's site: here, or to AWS's console. */
bool signin_may_go_on_to(const struct call *call, struct str url);

/* -- How often passwords may be guessed: guesses.c */

/* Who guesses: counted under both before a password is looked at, and given back when it was right. account:
 * its id where there is such an account. */
enum signin_guess { SIGNIN_MAY_GUESS, SIGNIN_USER_IS_LOCKED, SIGNIN_ADDRESS_IS_LOCKED };
enum signin_guess signin_guess(struct call *call, struct str account, struct str user_name);
void signin_guessed_right(struct call *call, struct str account, struct str user_name);

/* -- Pages: page.c */

struct signin_page {
        struct str content_type, html;
};
/* All outputs that are pages have the same members. */
#define SIGNIN_GIVE(out, shown)                                                                              \
        do {                                                                                                 \
                (out)->content_type = (shown).content_type;                                                  \
                (out)->page = (shown).html;                                                                  \
        } while (0)

/* problem: what went wrong, for people; absent: nothing. */
must_check int signin_form(struct call *call, struct str account, struct str problem,
                           struct signin_page *ret);
must_check int signin_code_form(struct call *call, struct str challenge, struct signin_page *ret);
must_check int signin_password_form(struct call *call, struct str challenge, struct str problem,
                                    struct signin_page *ret);
must_check int signin_text(struct call *call, struct str text, struct signin_page *ret);
struct signin_session;
must_check int signin_session_page(struct call *call, const struct signin_session *session,
                                   struct signin_page *ret);
/* 303 or 302: no page. */
void signin_go_on(struct call *call, unsigned int status, struct str url);

/* -- What has been proven so far, for the next form to bring along: challenge.c */

enum signin_step { SIGNIN_STEP_CODE, SIGNIN_STEP_PASSWORD }; /* what is missing */
struct signin_challenge {
        enum signin_step step;
        struct str account, id;
        int64_t password_ms;      /* since when the password has been that one */
        struct str serial_number; /* of the device whose code was right; empty: none */
};
/* Good for some minutes. */
must_check int signin_seal_challenge(struct call *call, const struct signin_challenge *challenge,
                                     struct str *ret);
/* And who is meant, in the state that the store has now. -EACCES: forged, too old, of another step, or of a
 * password that is no more. */
must_check int signin_open_challenge(struct call *call, struct str sealed, enum signin_step step,
                                     struct signin_challenge *ret, struct iam_sign_in *ret_who);

/* -- Sessions: session.c */

struct signin_session {
        struct principal principal;
        int64_t created_ms, expires_ms;
};
/* Ends that which the browser had, and gives it a new cookie. token: the temporary credential that a
 * federated session stands on; absent: none. */
must_check int signin_begin_session(struct call *call, const struct principal *principal, int64_t expires_ms,
                                    struct str token);
/* -ENOENT: the request has none, or one that has ended. */
must_check int signin_find_session(struct call *call, struct signin_session *ret);
must_check int signin_end_session(struct call *call);

/* -- Signing in: sign_in.c */

/* One who wants to sign in with a password. */
struct signin_attempt {
        struct call *call;
        struct iam_sign_in who;
        struct str serial_number; /* of the device whose code was right; empty: none */
        bool has_code;            /* one was given, be it right or not */
        struct signin_page page;  /* the answer */
};

/* For the event: who it is about. */
must_check int signin_tell_who(struct signin_attempt *attempt);
/* It has failed: why, for the event, and for people. */
must_check int signin_fail(struct signin_attempt *attempt, struct str why, struct str told);
/* The password is right, and so is the code where one is needed: they are in, or have to change it first. */
must_check int signin_finish(struct signin_attempt *attempt);
/* The same behind the change of the password. */
must_check int signin_enter(struct signin_attempt *attempt);
/* Where the password is right, and a code is needed. */
must_check int signin_ask_for_code(struct signin_attempt *attempt);

#define SIGNIN_FAILED      STR("Failed authentication")
#define SIGNIN_FAILED_TOLD STR("Your authentication information is incorrect. Please try again.")
