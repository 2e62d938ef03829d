/* line.c -- libcurl, driven so that it can be stopped and never says more than it knows.
 *
 * libcurl's easy interface looks up from its waiting once a second; the multi interface can be
 * woken (curl_multi_wakeup). So a line is an easy handle in a multi handle of its own, which also
 * owns the open connections.
 *
 * N1  A request that may not be repeated is put on the wire once. libcurl itself sends again on a
 *     fresh connection when a kept one dies without a byte of reply; it asks before each sending
 *     (CURLOPT_PREREQFUNCTION), and the second time is told no.
 * N2  "Cannot have arrived" is said only when no connection was made, or when less than the whole
 *     body was handed to the system: a server acts on whole requests. Of a kept connection it is
 *     never said: libcurl's error may be that it found nobody to send to again (N1), and nothing
 *     tells how much was sent before.
 * N3  The checksum is of the bytes on the wire. One that fits the content instead is taken too:
 *     then a proxy on the way has packed it.
 */
#include "client/line.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"

enum {
    POLL_MS = 60000,     /* libcurl looks up before when it has something to do */
    KEPT_MAX_AGE_S = 20, /* servers hang up on idle connections; be first */
    READ_BYTES = 64 * 1024,
    PACKED_BYTES_KEPT = 64 * 1024,
};

struct line {
    /* constant after line_new */
    const struct line_settings *settings;
    CURL *easy;
    CURLM *multi;

    /* written by line_cancel on any thread, read by line_send: nothing else hangs on it, so the
     * order does not matter */
    atomic_bool is_canceled;

    /* of line_send alone */
    const struct line_request *request;
    struct line_reply *reply;
    struct buf *body;
    struct buf packed; /* what came, when it has to be unpacked */
    coding kind;
    bool has_coding_twice;
    unsigned sendings;      /* begun */
    bool is_first_one_kept; /* was the first over a kept connection? */
    bool has_crc;
    uint32_t crc;
    char error[CURL_ERROR_SIZE];
};

/* ---- the reply's head */

static void keep_text(struct span value, char out[LINE_TEXT_BYTES])
{
    (void)snprintf(out, LINE_TEXT_BYTES, "%.*s", SPAN_ARG(value));
}

static bool read_u32(struct span text, uint32_t *out)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || sum > UINT32_MAX) return false;
        sum = sum * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    if (text.len == 0 || sum > UINT32_MAX) return false;
    *out = (uint32_t)sum;
    return true;
}

static void take_header(struct line *line, struct span name, struct span value)
{
    struct line_reply *reply = line->reply;
    if (span_eq_nocase(name, SPAN("x-amzn-requestid"))) keep_text(value, reply->request_id);
    if (span_eq_nocase(name, SPAN("x-amzn-errortype"))) keep_text(value, reply->error_type);
    if (span_eq_nocase(name, SPAN("retry-after"))) keep_text(value, reply->retry_after);
    if (span_eq_nocase(name, SPAN("date"))) keep_text(value, reply->date);
    if (span_eq_nocase(name, SPAN("x-amz-crc32"))) line->has_crc = read_u32(value, &line->crc);
    if (span_eq_nocase(name, SPAN("x-stator-explanation")) && line->request->explanation != NULL)
        buf_put(line->request->explanation, value);
    if (span_eq_nocase(name, SPAN("content-encoding")))
        line->has_coding_twice = !coding_of_body(value, &line->kind);
}

/* A reply may be announced by others (100 Continue): the last head counts. */
static void begin_head(struct line *line)
{
    *line->reply = (struct line_reply){0};
    line->kind = CODING_NONE;
    line->has_coding_twice = false;
    line->has_crc = false;
    if (line->request->explanation != NULL) buf_clear(line->request->explanation);
}

static size_t on_header(char *bytes, size_t one, size_t count, void *ctx)
{
    struct line *line = ctx;
    const struct span text = {(const uint8_t *)bytes, count};
    (void)one; /* always 1 */
    if (span_starts_with(text, SPAN("HTTP/"))) begin_head(line);
    const uint8_t *colon = memchr(text.ptr, ':', text.len);
    if (colon == NULL) return count;
    const size_t len = (size_t)(colon - text.ptr);
    struct span value = span_drop(text, len + 1);
    while (value.len > 0 && strchr("\r\n", value.ptr[value.len - 1]) != NULL) value.len--;
    take_header(line, span_take(text, len), span_trim(value));
    return count;
}

/* ---- the reply's body */

static size_t on_body(char *bytes, size_t one, size_t count, void *ctx)
{
    struct line *line = ctx;
    (void)one;
    struct buf *out = line->kind == CODING_NONE ? line->body : &line->packed;
    buf_put(out, (struct span){(const uint8_t *)bytes, count});
    return buf_status(out) == ST_OK ? count : 0; /* 0: stop, with CURLE_WRITE_ERROR */
}

static line_result explain(struct line *line, line_result result, const char *why)
{
    (void)snprintf(line->reply->why, sizeof line->reply->why, "%s", why);
    return result;
}

static line_result explain_status(struct line *line, status st)
{
    if (st == ST_NO_MEMORY) return explain(line, LINE_NO_MEMORY, "out of memory");
    if (st == ST_LIMIT) return explain(line, LINE_TOO_LARGE, "the reply is too large");
    return explain(line, LINE_DAMAGED, "the reply cannot be unpacked");
}

static line_result finish_body(struct line *line, size_t begun_at)
{
    struct span wire = span_drop(buf_view(line->body), begun_at);
    if (line->has_coding_twice) return explain_status(line, ST_CORRUPT);
    if (line->kind != CODING_NONE) {
        wire = buf_view(&line->packed);
        const status st = coding_decode(line->settings->mem, line->kind, wire, line->body);
        if (st != ST_OK) return explain_status(line, st);
    }
    if (!line->has_crc) return LINE_DONE;
    const struct span content = span_drop(buf_view(line->body), begun_at);
    line->reply->has_checksum =
        line->crc == coding_crc32(wire) || line->crc == coding_crc32(content);
    if (line->reply->has_checksum) return LINE_DONE;
    return explain(line, LINE_DAMAGED, "the reply does not fit its checksum");
}

/* ---- what went wrong */

/* Of libcurl's errors those after which the request cannot have arrived. */
static const struct {
    CURLcode code;
    line_result result;
} unsent[] = {
    {CURLE_URL_MALFORMAT,            LINE_REFUSED  },
    {CURLE_COULDNT_RESOLVE_PROXY,    LINE_UNREACHED},
    {CURLE_COULDNT_RESOLVE_HOST,     LINE_UNREACHED},
    {CURLE_COULDNT_CONNECT,          LINE_UNREACHED},
    {CURLE_PROXY,                    LINE_UNREACHED},
    {CURLE_SSL_CONNECT_ERROR,        LINE_UNREACHED},
    {CURLE_SSL_CERTPROBLEM,          LINE_REFUSED  },
    {CURLE_SSL_CACERT_BADFILE,       LINE_REFUSED  },
    {CURLE_SSL_CIPHER,               LINE_REFUSED  },
    {CURLE_PEER_FAILED_VERIFICATION, LINE_REFUSED  },
    {CURLE_SSL_ISSUER_ERROR,         LINE_REFUSED  },
};

/* N2 */
static bool has_sent_all(const struct line *line)
{
    curl_off_t sent = 0;
    curl_off_t begun = 0;
    (void)curl_easy_getinfo(line->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    (void)curl_easy_getinfo(line->easy, CURLINFO_PRETRANSFER_TIME_T, &begun);
    return begun > 0 && (uint64_t)sent >= line->request->body.len;
}

static line_result judge_error(struct line *line, CURLcode code)
{
    line->reply->is_timeout = code == CURLE_OPERATION_TIMEDOUT;
    if (code == CURLE_OUT_OF_MEMORY) return LINE_NO_MEMORY;
    if (code == CURLE_ABORTED_BY_CALLBACK) return LINE_LOST; /* N1 */
    for (size_t i = 0; i < ARRAY_COUNT(unsent); i++)
        if (unsent[i].code == code) return line->sendings == 0 ? unsent[i].result : LINE_LOST;
    return line->is_first_one_kept || has_sent_all(line) ? LINE_LOST : LINE_UNREACHED;
}

static line_result fail(struct line *line, CURLcode code)
{
    const struct buf *written = line->kind == CODING_NONE ? line->body : &line->packed;
    if (code == CURLE_WRITE_ERROR && buf_status(written) != ST_OK)
        return explain_status(line, buf_status(written));
    const line_result result = judge_error(line, code);
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return explain(line, result, "the connection ended before a reply");
    return explain(line, result, line->error[0] != '\0' ? line->error : curl_easy_strerror(code));
}

/* ---- sending */

/* N1 */
static int on_send(void *ctx, char *to, char *from, int to_port, int from_port)
{
    struct line *line = ctx;
    (void)to;
    (void)from;
    (void)to_port;
    (void)from_port;
    long connects = 0;
    (void)curl_easy_getinfo(line->easy, CURLINFO_NUM_CONNECTS, &connects);
    if (line->sendings++ == 0) line->is_first_one_kept = connects == 0;
    const bool may_go = line->sendings == 1 || line->request->may_repeat;
    return may_go ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/* Drive the transfer to its end, or until somebody cancels. False: it was canceled. */
static bool drive(struct line *line, CURLcode *code)
{
    *code = CURLE_OUT_OF_MEMORY; /* what the multi interface can fail with */
    for (;;) {
        int running = 0;
        int left = 0;
        if (line_is_canceled(line)) return false;
        if (curl_multi_perform(line->multi, &running) != CURLM_OK) return true;
        const CURLMsg *message = curl_multi_info_read(line->multi, &left);
        if (message != NULL) {
            *code = message->data.result;
            return true;
        }
        if (curl_multi_poll(line->multi, NULL, 0, POLL_MS, NULL) != CURLM_OK) return true;
    }
}

/* The headers as libcurl wants them, in the caller's memory. */
static struct curl_slist *link_headers(const char *const *headers, struct curl_slist *nodes)
{
    size_t count = 0;
    for (; headers[count] != NULL; count++) {
        assert(count < LIMIT_HTTP_REPLY_HEADERS);
        union {
            const char *given;
            char *wanted; /* libcurl only reads it */
        } text = {.given = headers[count]};
        nodes[count] = (struct curl_slist){.data = text.wanted};
        if (count > 0) nodes[count - 1].next = &nodes[count];
    }
    return count == 0 ? NULL : nodes;
}

static bool set_request(struct line *line, struct curl_slist *headers)
{
    const struct line_request *request = line->request;
    const uint32_t timeout_ms = request->timeout_ms;
    const uint32_t connect_ms = line->settings->connect_timeout_ms;
    const char *body = request->body.len > 0 ? (const char *)request->body.ptr : "";
    CURL *easy = line->easy;
    return curl_easy_setopt(easy, CURLOPT_URL, request->url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                            (long)(connect_ms < timeout_ms ? connect_ms : timeout_ms)) == CURLE_OK;
}

static line_result judge(struct line *line, CURLcode code, size_t begun_at)
{
    long http_status = 0;
    (void)curl_easy_getinfo(line->easy, CURLINFO_RESPONSE_CODE, &http_status);
    line->reply->http_status = (int)http_status;
    return code == CURLE_OK ? finish_body(line, begun_at) : fail(line, code);
}

static line_result run(struct line *line, struct curl_slist *headers)
{
    const size_t begun_at = buf_view(line->body).len;
    CURLcode code = CURLE_OUT_OF_MEMORY;
    if (!set_request(line, headers) || curl_multi_add_handle(line->multi, line->easy) != CURLM_OK)
        return explain(line, LINE_NO_MEMORY, "out of memory");
    const bool is_over = drive(line, &code);
    const line_result result = is_over ? judge(line, code, begun_at)
                                       : explain(line, LINE_CANCELED, "the call was canceled");
    (void)curl_multi_remove_handle(line->multi, line->easy);
    return result;
}

line_result line_send(struct line *line, const struct line_request *request, struct buf *body,
                      struct line_reply *reply)
{
    struct curl_slist headers[LIMIT_HTTP_REPLY_HEADERS];
    *reply = (struct line_reply){0};
    line->request = request;
    line->reply = reply;
    line->body = body;
    line->sendings = 0;
    line->is_first_one_kept = false;
    line->error[0] = '\0';
    begin_head(line);
    buf_init(&line->packed, line->settings->mem, body->max);
    const line_result result = run(line, link_headers(request->headers, headers));
    buf_deinit(&line->packed);
    return result;
}

void line_cancel(struct line *line)
{
    atomic_store_explicit(&line->is_canceled, true, memory_order_relaxed);
    (void)curl_multi_wakeup(line->multi);
}

void line_reset(struct line *line)
{
    atomic_store_explicit(&line->is_canceled, false, memory_order_relaxed);
}

bool line_is_canceled(const struct line *line)
{
    return atomic_load_explicit(&line->is_canceled, memory_order_relaxed);
}

/* ---- making and ending */

static bool set_callbacks(struct line *line)
{
    CURL *easy = line->easy;
    return curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, line) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, line) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PREREQDATA, line) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, line->error) == CURLE_OK;
}

static bool set_constants(struct line *line)
{
    const struct line_settings *settings = line->settings;
    CURL *easy = line->easy;
    const bool is_plain =
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)KEPT_MAX_AGE_S) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)READ_BYTES) == CURLE_OK;
    if (!is_plain) return false;
    if (settings->no_proxy && curl_easy_setopt(easy, CURLOPT_PROXY, "") != CURLE_OK) return false;
    if (settings->unix_path != NULL &&
        curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, settings->unix_path) != CURLE_OK)
        return false;
    return settings->ca_file == NULL ||
           curl_easy_setopt(easy, CURLOPT_CAINFO, settings->ca_file) == CURLE_OK;
}

status line_new(const struct line_settings *settings, struct line **out)
{
    struct line *line = mem_new(settings->mem, sizeof *line);
    if (line == NULL) return ST_NO_MEMORY;
    line->settings = settings;
    line->easy = curl_easy_init();
    line->multi = curl_multi_init();
    if (line->easy == NULL || line->multi == NULL || !set_callbacks(line) || !set_constants(line)) {
        line_free(line);
        return ST_NO_MEMORY;
    }
    *out = line;
    return ST_OK;
}

void line_free(struct line *line)
{
    if (line == NULL) return;
    if (line->easy != NULL) curl_easy_cleanup(line->easy);
    if (line->multi != NULL) (void)curl_multi_cleanup(line->multi);
    mem_free(line->settings->mem, line, sizeof *line);
}
