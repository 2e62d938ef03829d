/* claim.c -- judging a signature, part by part, from its form to its truth.
 *
 * The order of complaints: form (which parts, algorithm, credential, date, expiry), then place
 * (region, service), time, headers, and last the signature itself, the only step that costs
 * something.
 */
#include "auth/claim.h"

#include <assert.h>

#include "auth/canonical.h"
#include "auth/digest.h"
#include "auth/percent.h"
#include "base/limits.h"

const char *claim_verdict_name(claim_verdict verdict)
{
    static const char *const names[] = {
#define CLAIM_VERDICT_NAME(name, what) [CLAIM_##name] = #name,
        CLAIM_VERDICT_MAP(CLAIM_VERDICT_NAME)
#undef CLAIM_VERDICT_NAME
    };
    assert((unsigned)verdict < ARRAY_COUNT(names));
    return names[verdict];
}

static claim_verdict blame(struct claim *claim, claim_verdict verdict, struct span what)
{
    claim->what = what;
    return verdict;
}

/* ---- reading */

/* The parts that each form must have. X-Amz-Expires has its own complaint. */
static const auth_part demanded[] = {
    AUTH_PART_ALGORITHM, AUTH_PART_CREDENTIAL,     AUTH_PART_DATE,
    AUTH_PART_EXPIRES,   AUTH_PART_SIGNED_HEADERS, AUTH_PART_SIGNATURE,
};

static claim_verdict find_missing(const struct auth_parts *parts, struct span date,
                                  struct claim *claim)
{
    for (size_t i = 0; i < ARRAY_COUNT(demanded); i++) {
        const char *name = auth_parts_name(parts->place, demanded[i]);
        if (name == NULL || parts->values[demanded[i]].len > 0) continue;
        return blame(claim, CLAIM_INCOMPLETE, span_of(name));
    }
    if (parts->place == AUTH_IN_HEADER && date.len == 0)
        return blame(claim, CLAIM_INCOMPLETE, SPAN("X-Amz-Date"));
    return CLAIM_VALID;
}

/* credential := access-key "/" day "/" region "/" service "/aws4_request" */
static claim_verdict read_credential(struct span credential, struct claim *claim)
{
    struct span parts[AUTH_SCOPE_COUNT] = {0};
    if (!auth_parts_split(credential, parts)) return blame(claim, CLAIM_BAD_CREDENTIAL, credential);
    for (size_t i = 0; i < AUTH_SCOPE_COUNT; i++)
        if (parts[i].len == 0) return blame(claim, CLAIM_BAD_CREDENTIAL, credential);

    claim->access_key = parts[AUTH_SCOPE_ACCESS_KEY];
    claim->scope = (struct sigv4_scope){
        .day = parts[AUTH_SCOPE_DAY],
        .region = parts[AUTH_SCOPE_REGION],
        .service = parts[AUTH_SCOPE_SERVICE],
    };
    const struct span terminator = parts[AUTH_SCOPE_TERMINATOR];
    if (span_eq(terminator, SPAN("aws4_request"))) return CLAIM_VALID;
    return blame(claim, CLAIM_BAD_TERMINATOR, terminator);
}

/* The string to sign wants the date in its basic form, which a Date header has not. */
static status read_date(struct arena *arena, struct span date, struct claim *claim,
                        claim_verdict *verdict)
{
    *verdict = CLAIM_VALID;
    if (!auth_date_read(date, &claim->date_s)) {
        *verdict = blame(claim, CLAIM_BAD_DATE, date);
        return ST_OK;
    }
    uint8_t *basic = arena_alloc_raw(arena, AUTH_DATE_BYTES);
    if (basic == NULL) return ST_NO_MEMORY;
    auth_date_write(claim->date_s, basic);
    claim->date = (struct span){basic, AUTH_DATE_BYTES};
    if (!span_eq(claim->scope.day, span_take(claim->date, AUTH_DATE_DAY_BYTES)))
        *verdict = blame(claim, CLAIM_WRONG_DAY, claim->scope.day);
    return ST_OK;
}

static claim_verdict read_expires(struct span text, struct claim *claim)
{
    uint32_t seconds = 0;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (c < '0' || c > '9') return blame(claim, CLAIM_BAD_EXPIRES, text);
        seconds = seconds * 10 + (uint32_t)(c - '0');
        if (seconds > LIMIT_PRESIGNED_SECONDS) return blame(claim, CLAIM_BAD_EXPIRES, text);
    }
    if (seconds == 0) return blame(claim, CLAIM_BAD_EXPIRES, text);
    claim->expires_s = seconds;
    return CLAIM_VALID;
}

/* All parts are there; `values` are decoded. */
static status read_parts(struct arena *arena, const struct span *values, struct claim *claim,
                         claim_verdict *verdict)
{
    claim->signed_headers = values[AUTH_PART_SIGNED_HEADERS];
    claim->signature = values[AUTH_PART_SIGNATURE];
    if (!span_eq(values[AUTH_PART_ALGORITHM], SPAN("AWS4-HMAC-SHA256"))) {
        *verdict = blame(claim, CLAIM_BAD_ALGORITHM, values[AUTH_PART_ALGORITHM]);
        return ST_OK;
    }
    *verdict = read_credential(values[AUTH_PART_CREDENTIAL], claim);
    if (*verdict != CLAIM_VALID) return ST_OK;
    TRY(read_date(arena, values[AUTH_PART_DATE], claim, verdict));
    if (*verdict == CLAIM_VALID && claim->place == AUTH_IN_QUERY)
        *verdict = read_expires(values[AUTH_PART_EXPIRES], claim);
    return ST_OK;
}

static status decode_parts(struct arena *arena, const struct auth_parts *parts, struct span date,
                           struct span values[AUTH_PART_COUNT])
{
    for (size_t i = 0; i < AUTH_PART_COUNT; i++) {
        values[i] = parts->values[i];
        if (parts->place == AUTH_IN_QUERY) TRY(percent_decode(arena, values[i], &values[i]));
    }
    if (parts->place == AUTH_IN_HEADER) values[AUTH_PART_DATE] = span_trim(date);
    return ST_OK;
}

status claim_read(struct arena *arena, const struct auth_parts *parts, struct span date,
                  struct claim *out, claim_verdict *verdict)
{
    struct claim claim = {.place = parts->place};
    struct span values[AUTH_PART_COUNT];
    switch (parts->place) {
    case AUTH_NOWHERE:
        *verdict = CLAIM_ABSENT;
        break;
    case AUTH_IN_BOTH:
        *verdict = CLAIM_TWICE;
        break;
    case AUTH_IN_HEADER:
    case AUTH_IN_QUERY:
        *verdict = find_missing(parts, date, &claim);
        if (*verdict != CLAIM_VALID) break;
        TRY(decode_parts(arena, parts, date, values));
        TRY(read_parts(arena, values, &claim, verdict));
        break;
    }
    *out = claim;
    return ST_OK;
}

/* ---- checking */

/* Their words decide what is done, so a signature that leaves one out proves nothing. */
static const char *const signed_always[] = {
    "host",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-target",
};

static bool has_header(const struct sigv4_request *request, struct span name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (span_eq_nocase(request->headers[i].name, name)) return true;
    return false;
}

static bool is_signed(const struct claim *claim, struct span name)
{
    struct span rest = claim->signed_headers;
    struct span found = {0};
    while (canonical_next(&rest, ';', &found))
        if (span_eq_nocase(found, name)) return true;
    return false;
}

static claim_verdict check_headers(struct claim *claim, const struct sigv4_request *request)
{
    for (size_t i = 0; i < ARRAY_COUNT(signed_always); i++) {
        const struct span name = span_of(signed_always[i]);
        const bool is_demanded = i == 0 || has_header(request, name);
        if (is_demanded && !is_signed(claim, name))
            return blame(claim, CLAIM_HEADER_UNSIGNED, name);
    }
    struct span rest = claim->signed_headers;
    struct span name = {0};
    while (canonical_next(&rest, ';', &name))
        if (!has_header(request, name)) return blame(claim, CLAIM_HEADER_ABSENT, name);
    return CLAIM_VALID;
}

static claim_verdict check_time(struct claim *claim, const struct claim_terms *terms)
{
    const uint64_t life_s = claim->place == AUTH_IN_QUERY ? claim->expires_s : terms->skew_s;
    if (claim->date_s > terms->now_s + terms->skew_s)
        return blame(claim, CLAIM_NOT_YET, claim->date);
    if (claim->date_s + life_s < terms->now_s) return blame(claim, CLAIM_EXPIRED, claim->date);
    return CLAIM_VALID;
}

static bool is_other(struct span given, struct span wanted)
{
    return wanted.len > 0 && !span_eq(given, wanted);
}

claim_verdict claim_check(struct claim *claim, const struct sigv4_request *request,
                          const struct claim_terms *terms)
{
    const struct sigv4_scope *scope = &claim->scope;
    if (is_other(scope->region, terms->region))
        return blame(claim, CLAIM_WRONG_REGION, scope->region);
    if (is_other(scope->service, terms->service))
        return blame(claim, CLAIM_WRONG_SERVICE, scope->service);
    const claim_verdict verdict = check_time(claim, terms);
    return verdict != CLAIM_VALID ? verdict : check_headers(claim, request);
}

/* ---- verifying */

status claim_verify(struct arena *arena, const struct claim *claim,
                    const struct sigv4_request *request, const struct sigv4_key *key,
                    struct claim_proof *out)
{
    const struct sigv4_terms terms = {
        .date = claim->date,
        .scope = claim->scope,
        .signed_headers = claim->signed_headers,
        .is_in_query = claim->place == AUTH_IN_QUERY,
    };
    struct claim_proof proof = {0};
    TRY(sigv4_sign(arena, request, &terms, key, &proof.made));
    const struct span right = {proof.made.hex, sizeof proof.made.hex};
    proof.holds = digest_eq(claim->signature, right);
    *out = proof;
    return ST_OK;
}
