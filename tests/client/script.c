/* script.c -- see script.h. */
#include "client/script.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/coding.h"
#include "support/support.h"

enum {
    CONNECTIONS_MAX = 512,
    KEPT_MAX = 64,
    HEAD_MAX = 8192,
    REPLY_MAX = 64 << 20,
    AWAIT_STEPS = 1000,
    AWAIT_STEP_MS = 10,
};

struct connection {
    struct script *script;
    pthread_t thread;
    unsigned number;
    int fd;
    SSL *ssl;
};

struct kept {
    char *head;
    uint8_t *body;
    size_t body_len;
    unsigned connection;
};

struct script {
    struct script_options options;
    const struct script_step *steps;
    size_t step_count;
    SSL_CTX *tls;
    char *folder; /* of the certificate */
    char url[200];
    char certificate[300];
    int listener;
    pthread_t acceptor;

    pthread_mutex_t lock;
    size_t count;
    struct kept kept[KEPT_MAX];
    struct connection connections[CONNECTIONS_MAX];
    unsigned connection_count;
    bool is_stopping;
};

static void sleep_ms(unsigned ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)nanosleep(&pause, NULL);
}

/* ---- bytes in and out */

static ssize_t read_some(const struct connection *c, uint8_t *out, size_t size)
{
    if (c->ssl == NULL) return recv(c->fd, out, size, 0);
    return SSL_read(c->ssl, out, (int)size);
}

static bool write_all(const struct connection *c, struct span bytes)
{
    while (bytes.len > 0) {
        const ssize_t n = c->ssl == NULL ? send(c->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL)
                                         : SSL_write(c->ssl, bytes.ptr, (int)bytes.len);
        if (n <= 0) return false;
        bytes = span_drop(bytes, (size_t)n);
    }
    return true;
}

static size_t content_length(const char *head)
{
    const char *at = strcasestr(head, "\r\nContent-Length:");
    return at == NULL ? 0 : strtoull(at + strlen("\r\nContent-Length:"), NULL, 10);
}

/* Read one request. False: the client has hung up. */
static bool read_request(struct connection *c, struct kept *out)
{
    char *head = calloc(1, HEAD_MAX);
    size_t len = 0;
    const char *end = NULL;
    while (end == NULL) {
        const ssize_t n = read_some(c, (uint8_t *)head + len, HEAD_MAX - 1 - len);
        if (n <= 0) break;
        len += (size_t)n;
        head[len] = '\0';
        end = strstr(head, "\r\n\r\n");
    }
    if (end == NULL) {
        free(head);
        return false;
    }
    const size_t head_len = (size_t)(end - head) + 4;
    *out = (struct kept){.head = head, .body_len = content_length(head), .connection = c->number};
    out->body = malloc(out->body_len + 1);
    size_t got = len - head_len;
    memcpy(out->body, head + head_len, got);
    head[head_len] = '\0';
    while (got < out->body_len) {
        const ssize_t n = read_some(c, out->body + got, out->body_len - got);
        if (n <= 0) return false;
        got += (size_t)n;
    }
    return true;
}

/* ---- replies */

static void put_content(const struct script_step *step, struct buf *out)
{
    if (step->fill_bytes == 0) {
        buf_put_text(out, step->body == NULL ? "{}" : step->body);
        return;
    }
    uint8_t *at = buf_reserve(out, step->fill_bytes);
    if (at == NULL) return;
    memset(at, 'x', step->fill_bytes);
    at[0] = at[step->fill_bytes - 1] = '"';
    buf_advance(out, step->fill_bytes);
}

static void pack(const struct buf *content, struct buf *out)
{
    struct coding_encoder encoder = {.mem = mem_heap()};
    if (coding_encode(&encoder, CODING_GZIP, buf_view(content), out) != ST_OK) abort();
    coding_encoder_deinit(&encoder);
}

static void put_head(const struct script_step *step, struct span content, struct span wire,
                     size_t number, struct buf *out)
{
    const uint32_t crc = coding_crc32(step->has_content_checksum ? content : wire);
    buf_printf(out, "HTTP/1.1 %d Scripted\r\n", step->http_status == 0 ? 200 : step->http_status);
    buf_printf(out, "Content-Type: application/x-amz-json-1.0\r\nx-amzn-RequestId: REQUEST%zu\r\n",
               number);
    if (!step->has_no_checksum)
        buf_printf(out, "x-amz-crc32: %u\r\n", step->has_bad_checksum ? crc ^ 1 : crc);
    if (step->is_packed) buf_put_text(out, "Content-Encoding: gzip\r\n");
    if (!step->has_no_length) buf_printf(out, "Content-Length: %zu\r\n", wire.len);
    if (step->headers != NULL) buf_put_text(out, step->headers);
    buf_put_text(out, "\r\n");
}

static bool dribble(const struct connection *c, struct span bytes, unsigned ms)
{
    for (size_t i = 0; i < bytes.len; i++) {
        sleep_ms(ms);
        if (!write_all(c, (struct span){bytes.ptr + i, 1})) return false;
    }
    return true;
}

/* False: this connection is over. */
static bool send_reply(const struct connection *c, const struct script_step *step, size_t number)
{
    struct buf content;
    struct buf packed;
    struct buf head;
    buf_init(&content, mem_heap(), REPLY_MAX);
    buf_init(&packed, mem_heap(), REPLY_MAX);
    buf_init(&head, mem_heap(), HEAD_MAX);
    put_content(step, &content);
    if (step->is_packed) pack(&content, &packed);
    struct span wire = buf_view(step->is_packed ? &packed : &content);
    put_head(step, buf_view(&content), wire, number, &head);
    if (step->cut_bytes > 0) wire = span_take(wire, step->cut_bytes);

    bool goes_on = write_all(c, buf_view(&head));
    if (goes_on)
        goes_on = step->dribble_ms > 0 ? dribble(c, wire, step->dribble_ms) : write_all(c, wire);
    buf_deinit(&content);
    buf_deinit(&packed);
    buf_deinit(&head);
    return goes_on && step->cut_bytes == 0 && !step->has_no_length && !step->hangs_up;
}

static void reset(const struct connection *c)
{
    const struct linger at_once = {.l_onoff = 1};
    (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

/* Until the client, or script_stop, hangs up. */
static void hang(const struct connection *c)
{
    uint8_t byte;
    while (read_some(c, &byte, 1) > 0) continue;
}

/* False: this connection is over. */
static bool answer(struct connection *c, const struct script_step *step, size_t number)
{
    if (step->ends_listening) (void)shutdown(c->script->listener, SHUT_RDWR);
    if (step->delay_ms > 0) sleep_ms(step->delay_ms);
    switch (step->kind) {
    case SCRIPT_REPLY:
        return send_reply(c, step, number);
    case SCRIPT_CLOSE:
        return false;
    case SCRIPT_RESET:
        reset(c);
        return false;
    case SCRIPT_RAW:
        (void)!write_all(c, span_of(step->body));
        return false;
    case SCRIPT_HANG:
        hang(c);
        return false;
    }
    return false;
}

/* ---- connections */

/* Note the request, and find its step. */
static const struct script_step *take_step(struct script *script, const struct kept *request,
                                           size_t *number)
{
    static const struct script_step over = {.http_status = 500,
                                            .body = "{\"__type\":\"x#ScriptIsOver\"}"};
    (void)pthread_mutex_lock(&script->lock);
    *number = script->count++;
    if (*number < KEPT_MAX) script->kept[*number] = *request;
    (void)pthread_mutex_unlock(&script->lock);
    return *number < script->step_count ? &script->steps[*number] : &over;
}

static void free_kept(struct kept *kept)
{
    free(kept->head);
    free(kept->body);
}

static void *serve(void *ctx)
{
    struct connection *c = ctx;
    struct kept request = {0};
    bool goes_on = c->ssl == NULL || SSL_accept(c->ssl) == 1;
    while (goes_on && read_request(c, &request)) {
        size_t number = 0;
        const struct script_step *step = take_step(c->script, &request, &number);
        if (number >= KEPT_MAX) free_kept(&request);
        request = (struct kept){0};
        goes_on = answer(c, step, number);
    }
    free_kept(&request);
    if (c->ssl != NULL) SSL_free(c->ssl);
    (void)pthread_mutex_lock(&c->script->lock);
    (void)close(c->fd);
    c->fd = -1;
    (void)pthread_mutex_unlock(&c->script->lock);
    return NULL;
}

static void *accept_all(void *ctx)
{
    struct script *script = ctx;
    for (;;) {
        const int fd = accept(script->listener, NULL, NULL);
        (void)pthread_mutex_lock(&script->lock);
        const unsigned number = script->connection_count;
        const bool is_wanted = fd >= 0 && !script->is_stopping && number < CONNECTIONS_MAX;
        if (is_wanted) {
            struct connection *c = &script->connections[script->connection_count++];
            *c = (struct connection){.script = script, .number = number, .fd = fd};
            if (script->tls != NULL) {
                c->ssl = SSL_new(script->tls);
                (void)SSL_set_fd(c->ssl, fd);
            }
            if (pthread_create(&c->thread, NULL, serve, c) != 0) abort();
        }
        (void)pthread_mutex_unlock(&script->lock);
        if (is_wanted) continue;
        if (fd >= 0) (void)close(fd);
        return NULL;
    }
}

/* ---- TLS: a certificate for 127.0.0.1, signed by itself */

static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *made = X509_new();
    X509V3_CTX extensions;
    (void)X509_set_version(made, 2);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
    (void)X509_gmtime_adj(X509_getm_notBefore(made), -3600);
    (void)X509_gmtime_adj(X509_getm_notAfter(made), 3600);
    (void)X509_set_pubkey(made, key);
    X509_NAME *name = X509_get_subject_name(made);
    (void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"script", -1, -1,
                                     0);
    (void)X509_set_issuer_name(made, name);
    X509V3_set_ctx(&extensions, made, made, NULL, NULL, 0);
    X509_EXTENSION *alternative =
        X509V3_EXT_conf_nid(NULL, &extensions, NID_subject_alt_name, "IP:127.0.0.1");
    (void)X509_add_ext(made, alternative, -1);
    X509_EXTENSION_free(alternative);
    if (X509_sign(made, key, EVP_sha256()) == 0) abort();
    return made;
}

static void start_tls(struct script *script)
{
    (void)signal(SIGPIPE, SIG_IGN); /* SSL_write knows no MSG_NOSIGNAL */
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = make_certificate(key);
    script->folder = support_folder_new();
    (void)snprintf(script->certificate, sizeof script->certificate, "%s/ca.pem", script->folder);
    FILE *file = fopen(script->certificate, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_X509(file, certificate), 1);
    assert_int_equal(fclose(file), 0);
    script->tls = SSL_CTX_new(TLS_server_method());
    assert_int_equal(SSL_CTX_use_certificate(script->tls, certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(script->tls, key), 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* ---- start and stop */

static void listen_tcp(struct script *script)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    script->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(script->listener, (const struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(script->listener, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(script->url, sizeof script->url, "%s://127.0.0.1:%d",
                   script->options.has_tls ? "https" : "http", ntohs(address.sin_port));
}

static void listen_unix(struct script *script)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = script->options.unix_path;
    memcpy(address.sun_path, path, strlen(path));
    script->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(script->listener, (const struct sockaddr *)&address, sizeof address), 0);
    (void)snprintf(script->url, sizeof script->url, "unix:%s", path);
}

struct script *script_start(const struct script_options *options, const struct script_step *steps,
                            size_t step_count)
{
    struct script *script = calloc(1, sizeof *script);
    assert_non_null(script);
    script->options = *options;
    script->steps = steps;
    script->step_count = step_count;
    (void)pthread_mutex_init(&script->lock, NULL);
    if (options->has_tls) start_tls(script);
    if (options->unix_path == NULL) {
        listen_tcp(script);
    } else {
        listen_unix(script);
    }
    assert_int_equal(listen(script->listener, CONNECTIONS_MAX), 0);
    assert_int_equal(pthread_create(&script->acceptor, NULL, accept_all, script), 0);
    return script;
}

void script_stop(struct script *script)
{
    (void)pthread_mutex_lock(&script->lock);
    script->is_stopping = true;
    for (unsigned i = 0; i < script->connection_count; i++)
        if (script->connections[i].fd >= 0) (void)shutdown(script->connections[i].fd, SHUT_RDWR);
    (void)pthread_mutex_unlock(&script->lock);
    (void)shutdown(script->listener, SHUT_RDWR);
    assert_int_equal(pthread_join(script->acceptor, NULL), 0);
    for (unsigned i = 0; i < script->connection_count; i++)
        assert_int_equal(pthread_join(script->connections[i].thread, NULL), 0);
    (void)close(script->listener);
    for (size_t i = 0; i < KEPT_MAX; i++) free_kept(&script->kept[i]);
    SSL_CTX_free(script->tls);
    if (script->folder != NULL) support_folder_free(script->folder);
    (void)pthread_mutex_destroy(&script->lock);
    free(script);
}

/* ---- what the test asks */

const char *script_url(const struct script *script)
{
    return script->url;
}

const char *script_certificate(const struct script *script)
{
    return script->certificate;
}

size_t script_requests(struct script *script)
{
    (void)pthread_mutex_lock(&script->lock);
    const size_t count = script->count;
    (void)pthread_mutex_unlock(&script->lock);
    return count;
}

void script_await(struct script *script, size_t count)
{
    for (unsigned i = 0; i < AWAIT_STEPS; i++) {
        if (script_requests(script) >= count) return;
        sleep_ms(AWAIT_STEP_MS);
    }
    fail_msg("%zu requests did not come", count);
}

struct script_request script_request(struct script *script, size_t n)
{
    assert_true(n < script_requests(script));
    assert_true(n < KEPT_MAX);
    const struct kept *kept = &script->kept[n];
    return (struct script_request){
        .head = kept->head,
        .body = {kept->body, kept->body_len},
        .connection = kept->connection,
    };
}

struct span script_header(const struct script_request *request, const char *name)
{
    char wanted[100];
    (void)snprintf(wanted, sizeof wanted, "\r\n%s:", name);
    const char *at = strcasestr(request->head, wanted);
    if (at == NULL) return SPAN("");
    at += strlen(wanted);
    return span_trim((struct span){(const uint8_t *)at, strcspn(at, "\r")});
}
