/* json.c -- fuzz the JSON reader and writer together.
 *
 * Whatever the reader accepts is written again token by token; that text must be accepted too, and
 * written again it must be the same text. Besides:
 *
 *     a second grammar, which is below and knows nothing of tokens, accepts the same texts
 *     skipping a text ends as reading it does
 *     there is no more than a token and a half for each byte, and no more memory than a few bytes
 */
#include <assert.h>

#include "base/utf8.h"
#include "json/json_reader.h"
#include "json/json_writer.h"

enum {
    ARENA_BYTES = 8 << 20,
    MEMORY_BYTES_FIXED = 16 << 10, /* the first chunk of an arena, and a second */
    MEMORY_BYTES_EACH = 4,
};

static void write_token(struct json_writer *json, json_token token, struct span text)
{
    switch (token) {
    case JSON_END:
        return;
    case JSON_OBJECT_BEGIN:
        json_writer_object_begin(json);
        return;
    case JSON_OBJECT_END:
        json_writer_object_end(json);
        return;
    case JSON_ARRAY_BEGIN:
        json_writer_array_begin(json);
        return;
    case JSON_ARRAY_END:
        json_writer_array_end(json);
        return;
    case JSON_KEY:
        json_writer_key(json, text);
        return;
    case JSON_STRING:
        json_writer_string(json, text);
        return;
    case JSON_NUMBER:
        json_writer_raw(json, text);
        return;
    case JSON_TRUE:
        json_writer_bool(json, true);
        return;
    case JSON_FALSE:
        json_writer_bool(json, false);
        return;
    case JSON_NULL:
        json_writer_null(json);
        return;
    }
}

/* Read `text` to its end and write what was read to `out`. */
static status copy(struct arena *arena, struct span text, struct buf *out)
{
    struct json_reader reader;
    struct json_writer writer;
    json_token token = JSON_NULL;
    size_t count = 0;
    json_reader_init(&reader, arena, text);
    json_writer_init(&writer, out);
    while (token != JSON_END) {
        struct span found = {0};
        TRY(json_reader_next(&reader, &token, &found));
        assert(++count <= text.len + text.len / 2 + 1);
        assert(utf8_is_valid(found));
        write_token(&writer, token, found);
    }
    return buf_status(out);
}

/* ---- the grammar of RFC 8259 once more, byte by byte */

struct text {
    const uint8_t *at, *end;
};

static bool take(struct text *text, uint8_t c)
{
    if (text->at == text->end || *text->at != c) return false;
    text->at++;
    return true;
}

static void take_blanks(struct text *text)
{
    while (take(text, ' ') || take(text, '\t') || take(text, '\n') || take(text, '\r')) continue;
}

static bool take_word(struct text *text, const char *word)
{
    while (*word != '\0')
        if (!take(text, (uint8_t)*word++)) return false;
    return true;
}

static bool take_digits(struct text *text)
{
    const uint8_t *const start = text->at;
    while (text->at < text->end && *text->at >= '0' && *text->at <= '9') text->at++;
    return text->at > start;
}

static bool take_number(struct text *text)
{
    (void)take(text, '-');
    if (!take(text, '0') && !take_digits(text)) return false;
    if (take(text, '.') && !take_digits(text)) return false;
    if (!take(text, 'e') && !take(text, 'E')) return true;
    if (!take(text, '+')) (void)take(text, '-');
    return take_digits(text);
}

/* The code unit behind "\u"; 0x10000: there is none. */
static uint32_t take_unit(struct text *text)
{
    uint32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        static const char digits[] = "0123456789abcdef";
        uint32_t digit = 0;
        if (text->at == text->end) return 0x10000;
        const uint8_t c = *text->at++;
        const char lower = (char)(c >= 'A' && c <= 'F' ? c + 'a' - 'A' : c);
        while (digit < 16 && digits[digit] != lower) digit++;
        if (digit == 16) return 0x10000;
        unit = unit * 16 + digit;
    }
    return unit;
}

static bool take_escape(struct text *text)
{
    for (const char *simple = "\"\\/bfnrt"; *simple != '\0'; simple++)
        if (take(text, (uint8_t)*simple)) return true;
    if (!take(text, 'u')) return false;
    const uint32_t unit = take_unit(text);
    if (unit < 0xD800 || (unit > 0xDFFF && unit < 0x10000)) return true;
    if (unit > 0xDBFF || !take_word(text, "\\u")) return false;
    const uint32_t low = take_unit(text);
    return low >= 0xDC00 && low <= 0xDFFF;
}

static bool take_string(struct text *text)
{
    if (!take(text, '"')) return false;
    const uint8_t *const start = text->at;
    while (!take(text, '"')) {
        if (text->at == text->end || *text->at < ' ') return false;
        if (*text->at++ == '\\' && !take_escape(text)) return false;
    }
    return utf8_is_valid((struct span){start, (size_t)(text->at - start)});
}

static bool take_value(struct text *text, unsigned depth);

static bool take_element(struct text *text, bool in_object, unsigned depth)
{
    take_blanks(text);
    if (in_object) {
        if (!take_string(text)) return false;
        take_blanks(text);
        if (!take(text, ':')) return false;
    }
    if (!take_value(text, depth)) return false;
    take_blanks(text);
    return true;
}

static bool take_elements(struct text *text, uint8_t end, unsigned depth)
{
    if (depth > LIMIT_JSON_DEPTH) return false;
    take_blanks(text);
    if (take(text, end)) return true;
    do {
        if (!take_element(text, end == '}', depth)) return false;
    } while (take(text, ','));
    return take(text, end);
}

static bool take_value(struct text *text, unsigned depth)
{
    take_blanks(text);
    if (text->at == text->end) return false;
    const uint8_t first = *text->at;
    if (first == '"') return take_string(text);
    if (first == 't') return take_word(text, "true");
    if (first == 'f') return take_word(text, "false");
    if (first == 'n') return take_word(text, "null");
    if (take(text, '{')) return take_elements(text, '}', depth + 1);
    if (take(text, '[')) return take_elements(text, ']', depth + 1);
    return take_number(text);
}

static bool is_json(struct span bytes)
{
    struct text text = {bytes.ptr, bytes.len == 0 ? bytes.ptr : bytes.ptr + bytes.len};
    if (!take_value(&text, 0)) return false;
    take_blanks(&text);
    return text.at == text.end;
}

/* ---- */

static bool skips(struct arena *arena, struct span bytes)
{
    struct json_reader reader;
    json_token token = JSON_NULL;
    struct span text = {0};
    json_reader_init(&reader, arena, bytes);
    if (json_reader_next(&reader, &token, &text) != ST_OK) return false;
    if (json_reader_skip(&reader, token) != ST_OK) return false;
    return json_reader_next(&reader, &token, &text) == ST_OK && token == JSON_END;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct span bytes = {data, size};
    struct arena arena;
    struct buf first;
    struct buf second;
    arena_init(&arena, mem_heap(), ARENA_BYTES);
    buf_init(&first, mem_heap(), ARENA_BYTES);
    buf_init(&second, mem_heap(), ARENA_BYTES);
    const bool reads = copy(&arena, bytes, &first) == ST_OK;
    assert(arena.taken <= MEMORY_BYTES_FIXED + MEMORY_BYTES_EACH * size);
    assert(reads == is_json(bytes));
    assert(reads == skips(&arena, bytes));
    if (reads) {
        const status st = copy(&arena, buf_view(&first), &second);
        assert(st == ST_OK);
        assert(span_eq(buf_view(&first), buf_view(&second)));
    }
    buf_deinit(&first);
    buf_deinit(&second);
    arena_deinit(&arena);
    return 0;
}
