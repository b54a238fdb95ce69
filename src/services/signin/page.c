/* The pages: plain HTML, no script, nothing that is loaded from anywhere. */
#include "services/signin/signin.h"

#include "base/buf.h"

#define PAGE_MAX ((size_t)256 * 1024)

struct writer {
        struct call *call;
        struct buf html;
};

/* No other site may show the pages in a frame or have them send forms elsewhere, and no cache keeps them.
 * Browsers say whence a form comes only to where it may be told: "same-origin", not "no-referrer". */
static void protect(struct call *call)
{
        static const struct http_header HEADERS[] = {
                {STR_INIT("Cache-Control"), STR_INIT("no-store")},
                {STR_INIT("Content-Security-Policy"),
                 STR_INIT("default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")},
                {STR_INIT("X-Content-Type-Options"), STR_INIT("nosniff")},
                {STR_INIT("X-Frame-Options"), STR_INIT("DENY")},
                {STR_INIT("Referrer-Policy"), STR_INIT("same-origin")},
                {STR_INIT("Cross-Origin-Opener-Policy"), STR_INIT("same-origin")},
                {STR_INIT("Cross-Origin-Resource-Policy"), STR_INIT("same-origin")},
        };

        for (size_t i = 0; i < ARRAY_LEN(HEADERS); i++)
                call_header(call, HEADERS[i].name, HEADERS[i].value);
}

static void add(struct writer *writer, const char *html)
{
        buf_add(&writer->html, str_of(html));
}

static void add_text(struct writer *writer, struct str text)
{
        for (size_t i = 0; i < text.len; i++)
                switch (text.ptr[i]) {
                case '&':
                        add(writer, "&amp;");
                        break;
                case '<':
                        add(writer, "&lt;");
                        break;
                case '>':
                        add(writer, "&gt;");
                        break;
                case '"':
                        add(writer, "&quot;");
                        break;
                case '\'':
                        add(writer, "&#39;");
                        break;
                default:
                        buf_add_byte(&writer->html, text.ptr[i]);
                }
}

static void begin(struct writer *writer, struct call *call, struct str problem)
{
        writer->call = call;
        buf_init(&writer->html, PAGE_MAX);
        protect(call);
        add(writer, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Sign in</title>\n"
                    "</head>\n<body>\n<h1>Sign in</h1>\n");
        if (!str_is_set(problem))
                return;
        add(writer, "<p role=\"alert\">");
        add_text(writer, problem);
        add(writer, "</p>\n");
}

static int end(struct writer *writer, struct signin_page *ret)
{
        int r;

        add(writer, "</body>\n</html>\n");
        r = buf_check(&writer->html);
        ret->content_type = STR("text/html; charset=utf-8");
        ret->html = arena_dup(&writer->call->arena, buf_str(&writer->html));
        buf_done_wiped(&writer->html);
        return r < 0 || writer->call->arena.failed ? -ENOMEM : 0;
}

/* -- Forms */

static void open_form(struct writer *writer, const char *path)
{
        add(writer, "<form method=\"post\" action=\"");
        add_text(writer, signin_base(writer->call));
        add(writer, path);
        add(writer, "\">\n");
}

static void close_form(struct writer *writer, const char *button)
{
        add(writer, "<p><button>");
        add(writer, button);
        add(writer, "</button></p>\n</form>\n");
}

static void add_field(struct writer *writer, const char *label, const char *attributes, struct str value)
{
        add(writer, "<p><label>");
        add(writer, label);
        add(writer, "<br><input ");
        add(writer, attributes);
        add(writer, " value=\"");
        add_text(writer, value);
        add(writer, "\"></label></p>\n");
}

static void add_challenge(struct writer *writer, struct str challenge)
{
        add(writer, "<input type=\"hidden\" name=\"challenge\" value=\"");
        add_text(writer, challenge);
        add(writer, "\">\n");
}

#define CODE "name=\"mfacode\" inputmode=\"numeric\" maxlength=\"6\" autocomplete=\"one-time-code\""

int signin_form(struct call *call, struct str account, struct str problem, struct signin_page *ret)
{
        struct writer writer;

        begin(&writer, call, problem);
        open_form(&writer, "/authenticate");
        add_field(&writer, "Account ID or account alias", "name=\"account\" required",
                  str_is_set(account) ? account : call->host_name);
        add_field(&writer, "IAM user name (none: the root user)",
                  "name=\"username\" autocomplete=\"username\"", STR(""));
        add_field(&writer, "Password",
                  "type=\"password\" name=\"password\" required autocomplete=\"current-password\"", STR(""));
        add_field(&writer, "MFA code, if you have a device", CODE, STR(""));
        close_form(&writer, "Sign in");
        return end(&writer, ret);
}

int signin_code_form(struct call *call, struct str challenge, struct signin_page *ret)
{
        struct writer writer;

        begin(&writer, call, STR_NONE);
        open_form(&writer, "/mfa");
        add_challenge(&writer, challenge);
        add_field(&writer, "MFA code", CODE " required", STR(""));
        close_form(&writer, "Submit");
        return end(&writer, ret);
}

#define NEW_PASSWORD "type=\"password\" required autocomplete=\"new-password\" "

int signin_password_form(struct call *call, struct str challenge, struct str problem, struct signin_page *ret)
{
        struct writer writer;

        begin(&writer, call, problem);
        add(&writer, "<p>You must change your password to continue.</p>\n");
        open_form(&writer, "/password");
        add_challenge(&writer, challenge);
        add_field(&writer, "New password", NEW_PASSWORD "name=\"newpassword\"", STR(""));
        add_field(&writer, "Retype new password", NEW_PASSWORD "name=\"confirmation\"", STR(""));
        close_form(&writer, "Confirm password change");
        return end(&writer, ret);
}

int signin_text(struct call *call, struct str text, struct signin_page *ret)
{
        struct writer writer;

        begin(&writer, call, text);
        return end(&writer, ret);
}

int signin_session_page(struct call *call, const struct signin_session *session, struct signin_page *ret)
{
        struct writer writer;

        begin(&writer, call, STR_NONE);
        add(&writer, "<p>You are signed in as <b id=\"who\">");
        add_text(&writer, session->principal.arn);
        add(&writer, "</b> until <time id=\"until\">");
        add_text(&writer, time_iso(&call->arena, session->expires_ms));
        add(&writer, "</time>, ");
        add(&writer, session->principal.session.mfa ? "with" : "without");
        add(&writer, " MFA.</p>\n<p>There is no console here.</p>\n");
        open_form(&writer, "/signout");
        close_form(&writer, "Sign out");
        return end(&writer, ret);
}

void signin_go_on(struct call *call, unsigned int status, struct str url)
{
        protect(call);
        call_header(call, STR("Location"), url);
        call->status = status;
}
