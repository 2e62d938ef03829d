/* feed_place.c -- see feed_place.h.
 *
 *     id := made_ms "-" sequence "-" ordinal       numbers without zeros in front
 *
 * The header Last-Event-ID counts more than `from`: it is what an EventSource adds when it comes
 * back, to the address with which it came first.
 */
#include "api/feed_place.h"

#include <inttypes.h>
#include <stdio.h>

#include "auth/percent.h"
#include "base/limits.h"
#include "engine/stream_walk.h"

static const struct span path_start = {(const uint8_t *)"/streams/", sizeof "/streams/" - 1};

bool feed_place_is_asked(const struct api_call *outer)
{
    const bool reads = span_eq(outer->method, SPAN("GET")) || span_eq(outer->method, SPAN("HEAD"));
    return reads && span_starts_with(outer->path, path_start);
}

/* ---- what the request says */

/* The value of `name` in the query, decoded; empty: it is not there. */
static status find_parameter(const struct call *call, struct span name, struct span *out)
{
    struct span rest = call->outer->query;
    *out = (struct span){0};
    while (rest.len > 0) {
        size_t len = 0;
        while (len < rest.len && rest.ptr[len] != '&') len++;
        const struct span part = span_take(rest, len);
        if (span_starts_with(part, name) && part.len > name.len && part.ptr[name.len] == '=')
            return percent_decode(call->arena, span_drop(part, name.len + 1), out);
        rest = span_drop(rest, len < rest.len ? len + 1 : len);
    }
    return ST_OK;
}

static status read_table(struct call *call, struct span *name)
{
    TRY_PLAIN(call->err,
              percent_decode(call->arena, span_drop(call->outer->path, path_start.len), name));
    const bool is_name = name->len >= LIMIT_TABLE_NAME_BYTES_MIN &&
                         name->len <= LIMIT_TABLE_NAME_BYTES && field_is_name(*name);
    if (is_name) return ST_OK;
    return FAIL(call->err, ST_VALIDATION,
                "What follows /streams/ must be the name of a table: %d to %d letters, digits, "
                "underscores, hyphens and dots",
                LIMIT_TABLE_NAME_BYTES_MIN, LIMIT_TABLE_NAME_BYTES);
}

/* A number without zeros in front, up to `end` or the end of the text. */
static bool take_number(struct span *text, uint8_t end, uint64_t *out)
{
    uint64_t n = 0;
    size_t at = 0;
    for (; at < text->len && text->ptr[at] != end; at++) {
        const uint8_t digit = (uint8_t)(text->ptr[at] - '0');
        if (digit > 9 || n > (UINT64_MAX - digit) / 10) return false;
        n = n * 10 + digit;
    }
    if (at == 0 || (at > 1 && text->ptr[0] == '0')) return false;
    *text = span_drop(*text, at < text->len ? at + 1 : at);
    *out = n;
    return true;
}

static bool read_id(struct span text, uint64_t *made_ms, struct engine_position *at)
{
    uint64_t ordinal = 0;
    if (!take_number(&text, '-', made_ms) || !take_number(&text, '-', &at->sequence) ||
        !take_number(&text, '\0', &ordinal))
        return false;
    at->ordinal = (uint32_t)ordinal;
    return text.len == 0 && ordinal <= UINT32_MAX;
}

struct span feed_place_id(uint64_t made_ms, struct engine_position at,
                          char out[FEED_PLACE_ID_BYTES + 1])
{
    const int len = snprintf(out, FEED_PLACE_ID_BYTES + 1, "%" PRIu64 "-%" PRIu64 "-%" PRIu32,
                             made_ms, at.sequence, at.ordinal);
    return (struct span){(const uint8_t *)out, len > 0 ? (size_t)len : 0};
}

/* ---- the stream */

static status find_latest_stream(struct call *call, struct span name, struct engine_stream *out)
{
    struct engine_description description = {0};
    TRY(engine_table_describe(call->engine, name, &description, call->err));
    const bool has_one = description.table->stream_number > 0;
    const uint64_t made_ms = description.table->stream_made_ms;
    table_drop(description.table);
    const status st =
        has_one ? engine_stream_find(call->engine, name, made_ms, call->arena, out) : ST_NOT_FOUND;
    if (st != ST_NOT_FOUND) return st == ST_OK ? ST_OK : FAIL_PLAIN(call->err, st);
    return FAIL(call->err, ST_NOT_FOUND, "Requested resource not found: Table: %.*s has no stream",
                SPAN_ARG(name));
}

static status find_stream_of_id(struct call *call, struct span name, struct span id,
                                struct feed_place *out)
{
    uint64_t made_ms = 0;
    if (!read_id(id, &made_ms, &out->after))
        return FAIL(call->err, ST_VALIDATION,
                    "A feed begins with LATEST, TRIM_HORIZON or the id of an event");
    const status st = engine_stream_find(call->engine, name, made_ms, call->arena, &out->stream);
    if (st != ST_NOT_FOUND) return st == ST_OK ? ST_OK : FAIL_PLAIN(call->err, st);
    return FAIL(call->err, ST_NOT_FOUND,
                "Requested resource not found: Table: %.*s has no stream with this event, or it is "
                "kept no more",
                SPAN_ARG(name));
}

status feed_place_find(struct call *call, struct feed_place *out)
{
    struct span name = {0};
    struct span from = call->outer->last_event_id;
    TRY(read_table(call, &name));
    if (from.len == 0) TRY_PLAIN(call->err, find_parameter(call, SPAN("from"), &from));
    out->after = (struct engine_position){0};
    if (span_eq(from, SPAN("TRIM_HORIZON"))) return find_latest_stream(call, name, &out->stream);
    if (from.len > 0 && !span_eq(from, SPAN("LATEST")))
        return find_stream_of_id(call, name, from, out);
    TRY(find_latest_stream(call, name, &out->stream));
    TRY_PLAIN(call->err,
              stream_walk_latest(call->engine, out->stream.number, call->arena, &out->after));
    return ST_OK;
}
