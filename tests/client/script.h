/* script.h -- a server that does what a test tells it, step by step, well or badly.
 *
 *     static const struct script_step steps[] = {{.kind = SCRIPT_CLOSE}, {.body = "{}"}};
 *     struct script *script = script_start(&(struct script_options){0}, steps, 2);
 *     … script_url(script) … script_requests(script), script_request(script, 0) …
 *     script_stop(script);
 *
 * Each request that is read whole takes the next step, over whatever connection it comes. Behind
 * the last step every request is answered with 500 and the code ScriptIsOver. It listens on
 * 127.0.0.1 or a unix socket, plainly or with TLS, one thread for each connection; nothing of
 * cmocka's is called on those.
 */
#ifndef STATOR_TESTS_CLIENT_SCRIPT_H
#define STATOR_TESTS_CLIENT_SCRIPT_H

#include "base/span.h"

typedef enum script_kind {
    SCRIPT_REPLY, /* a reply as DynamoDB makes it, changed as the other members say */
    SCRIPT_CLOSE, /* read the request, hang up */
    SCRIPT_RESET, /* the same, as a crash looks from outside */
    SCRIPT_RAW,   /* send `body` as it stands, hang up */
    SCRIPT_HANG,  /* never answer */
} script_kind;

struct script_step {
    script_kind kind;
    int http_status;      /* 0: 200 */
    const char *body;     /* NULL: "{}" */
    const char *headers;  /* more of them, "Name: value\r\n" each; NULL: none */
    size_t fill_bytes;    /* not 0: a body of so many bytes instead, a JSON string of 'x' */
    size_t cut_bytes;     /* not 0: hang up after so many bytes of the body */
    unsigned delay_ms;    /* before the reply */
    unsigned dribble_ms;  /* not 0: between single bytes of the body */
    bool is_packed;       /* gzip; the checksum is of what is sent */
    bool has_no_checksum; /* X-Amz-Crc32 is left out */
    bool has_bad_checksum;
    bool has_content_checksum; /* of a packed body: of its content, as behind a packing proxy */
    bool has_no_length;        /* the body ends with the connection */
    bool hangs_up;             /* after the reply, without saying so before */
    bool ends_listening;       /* before anything else: no connection is taken any more */
};

struct script_options {
    const char *unix_path; /* NULL: 127.0.0.1 */
    bool has_tls;
};

struct script_request {
    const char *head; /* request line and headers, as they came */
    struct span body;
    unsigned connection; /* 0 is the first that was accepted */
};

struct script;

/* `steps` must stay where they are. */
struct script *script_start(const struct script_options *options, const struct script_step *steps,
                            size_t step_count);

/* "http://127.0.0.1:40001", "https://…" or "unix:PATH". */
const char *script_url(const struct script *script);

/* The certificate that a client must trust, as a file in PEM; only with TLS. */
const char *script_certificate(const struct script *script);

/* How many requests came, and the n-th of them, from 0; the first 64 are kept. */
size_t script_requests(struct script *script);
struct script_request script_request(struct script *script, size_t n);

/* The value of a header of a request, "" when it has none. */
struct span script_header(const struct script_request *request, const char *name);

/* Wait, up to ten seconds, until `count` requests have come. */
void script_await(struct script *script, size_t count);

/* Hang up on everybody, and forget everything. */
void script_stop(struct script *script);

#endif
