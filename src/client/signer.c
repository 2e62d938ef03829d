/* signer.c -- the few headers that DynamoDB wants, and the signature over them.
 *
 * What only libcurl and the wire care for (Accept-Encoding, User-Agent) is not signed: a proxy may
 * rewrite it. A name with nothing behind its colon keeps libcurl from adding a header of its own.
 */
#include "client/signer.h"

#include <string.h>

#include "base/calendar.h"
#include "base/limits.h"

enum {
    MS_PER_S = 1000,
    SKEW_NOTICED_S = 240, /* AWS refuses signatures from 300 s on */
    HEADERS_SIGNED_MAX = 5,
};

#define USER_AGENT "User-Agent: stator/" STATOR_VERSION

static const char *const unsigned_headers[] = {
    "Accept-Encoding: gzip",
    USER_AGENT,
    "Accept:",
    "Expect:",
};

/* What a request is made from, step by step. */
struct draft {
    struct signer *signer;
    struct arena *arena;
    struct span date;
    struct sigv4_header headers[HEADERS_SIGNED_MAX];
    size_t count;
    struct span authorization;
};

void signer_init(struct signer *signer, const struct os *os, const struct identity *identity)
{
    *signer = (struct signer){.os = os, .identity = *identity};
    mutex_init(&signer->lock);
}

void signer_deinit(struct signer *signer)
{
    mutex_deinit(&signer->lock);
    explicit_bzero(&signer->key, sizeof signer->key);
}

/* ---- time and key */

static uint64_t now_s(const struct signer *signer)
{
    return os_now_ms(signer->os) / MS_PER_S;
}

/* A skew that was learned stays while our clock goes on, or is put back: the sum may leave the
 * calendar, which cannot write it. */
static uint64_t service_now_s(struct signer *signer)
{
    mutex_lock(&signer->lock);
    const int64_t skew_s = signer->skew_s;
    mutex_unlock(&signer->lock);
    const int64_t service_s = (int64_t)now_s(signer) + skew_s;
    if (service_s < 0) return 0;
    return service_s < CALENDAR_SECONDS_END ? (uint64_t)service_s : CALENDAR_SECONDS_END - 1;
}

bool signer_learn_time(struct signer *signer, struct span date)
{
    uint64_t service_s = 0;
    if (!auth_date_read(date, &service_s)) return false;
    const int64_t skew_s = (int64_t)service_s - (int64_t)now_s(signer);
    mutex_lock(&signer->lock);
    const int64_t change_s = skew_s - signer->skew_s;
    const bool is_news = change_s > SKEW_NOTICED_S || change_s < -SKEW_NOTICED_S;
    if (is_news) signer->skew_s = skew_s;
    mutex_unlock(&signer->lock);
    return is_news;
}

/* The key of the scope's day: the kept one, or a new one that is kept from now on. */
static status take_key(struct signer *signer, const struct sigv4_scope *scope,
                       struct sigv4_key *out)
{
    status st = ST_OK;
    mutex_lock(&signer->lock);
    if (memcmp(signer->key_day, scope->day.ptr, sizeof signer->key_day) != 0) {
        st = sigv4_key_make(signer->identity.secret_key, scope, &signer->key);
        if (st == ST_OK) memcpy(signer->key_day, scope->day.ptr, sizeof signer->key_day);
    }
    *out = signer->key;
    mutex_unlock(&signer->lock);
    return st;
}

/* ---- the headers that are signed */

static void add(struct draft *draft, struct span name, struct span value)
{
    draft->headers[draft->count++] = (struct sigv4_header){name, value};
}

static bool is_word(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && (c < '0' || c > '9')) return false;
    }
    return text.len > 0;
}

static status target_of(struct draft *draft, const struct signer_request *request,
                        struct span *target)
{
    struct buf buf;
    if (!is_word(request->operation)) return ST_VALIDATION;
    buf_init(&buf, arena_mem(draft->arena), 1024);
    buf_put_text(&buf, operation_target(request->service));
    buf_put(&buf, request->operation);
    *target = buf_view(&buf);
    return buf_status(&buf);
}

static status add_all(struct draft *draft, const struct signer_request *request)
{
    struct span target = {0};
    uint8_t *date = arena_alloc_raw(draft->arena, AUTH_DATE_BYTES);
    if (date == NULL) return ST_NO_MEMORY;
    auth_date_write(service_now_s(draft->signer), date);
    draft->date = (struct span){date, AUTH_DATE_BYTES};
    TRY(target_of(draft, request, &target));
    add(draft, SPAN("Host"), request->host);
    add(draft, SPAN("Content-Type"), SPAN("application/x-amz-json-1.0"));
    add(draft, SPAN("X-Amz-Date"), draft->date);
    add(draft, SPAN("X-Amz-Target"), target);
    const struct span token = draft->signer->identity.session_token;
    if (token.len > 0) add(draft, SPAN("X-Amz-Security-Token"), token);
    return ST_OK;
}

static status sign(struct draft *draft, const struct signer_request *request)
{
    const struct identity *identity = &draft->signer->identity;
    const struct sigv4_request unsigned_request = {
        .method = SPAN("POST"),
        .path = SPAN("/"),
        .headers = draft->headers,
        .header_count = draft->count,
        .body = request->body,
    };
    const struct sigv4_terms terms = {
        .date = draft->date,
        .scope = {.day = span_take(draft->date, AUTH_DATE_DAY_BYTES),
                  .region = identity->region,
                  .service = SPAN("dynamodb")},
    };
    struct sigv4_key key;
    struct sigv4_signature made;
    struct buf buf;
    TRY(take_key(draft->signer, &terms.scope, &key));
    const status st = sigv4_sign(draft->arena, &unsigned_request, &terms, &key, &made);
    explicit_bzero(&key, sizeof key);
    TRY(st);
    buf_init(&buf, arena_mem(draft->arena), LIMIT_CANONICAL_BYTES);
    sigv4_authorization(identity->access_key, &terms, &made, &buf);
    draft->authorization = buf_view(&buf);
    return buf_status(&buf);
}

/* ---- the headers as lines */

static status put_line(struct draft *draft, struct span name, struct span value, const char **out)
{
    struct buf buf;
    buf_init(&buf, arena_mem(draft->arena), LIMIT_CANONICAL_BYTES);
    buf_put(&buf, name);
    buf_put_text(&buf, ": ");
    buf_put(&buf, value);
    buf_put_u8(&buf, 0);
    TRY(buf_status(&buf));
    *out = (const char *)buf_view(&buf).ptr;
    return ST_OK;
}

static status put_lines(struct draft *draft, bool explains, const char *const **out)
{
    const size_t room = HEADERS_SIGNED_MAX + 1 + ARRAY_COUNT(unsigned_headers) + 1 + 1;
    const char **lines = arena_new_array(draft->arena, room, const char *);
    if (lines == NULL) return ST_NO_MEMORY;
    size_t count = 0;
    for (size_t i = 0; i < draft->count; i++, count++)
        TRY(put_line(draft, draft->headers[i].name, draft->headers[i].value, &lines[count]));
    TRY(put_line(draft, SPAN("Authorization"), draft->authorization, &lines[count]));
    count++;
    for (size_t i = 0; i < ARRAY_COUNT(unsigned_headers); i++, count++)
        lines[count] = unsigned_headers[i];
    if (explains) lines[count] = "x-stator-explain: all";
    *out = lines;
    return ST_OK;
}

status signer_headers(struct signer *signer, const struct signer_request *request,
                      struct arena *arena, const char *const **out)
{
    struct draft draft = {.signer = signer, .arena = arena};
    TRY(add_all(&draft, request));
    TRY(sign(&draft, request));
    return put_lines(&draft, request->explains, out);
}
