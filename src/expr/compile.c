/* compile.c -- text to code: the cache, the parser, and the block that is kept.
 *
 * DynamoDB's order of checks: empty, too long, syntax (with redundant parentheses and the number of
 * operators), then what the parser noted. Everything else needs names and values: bind.c.
 *
 * The parser works on arrays as large as the text could need. What it made is then copied into one
 * block of the exact size:
 *
 *     struct expr_code | steps | names | values | targets | tests | operands | text
 */
#include <assert.h>
#include <stdalign.h>
#include <string.h>

#include "base/limits.h"
#include "expr/code_cache.h"
#include "expr/parser.h"

static_assert(alignof(struct expr_code) <= 8, "a block of the heap or an arena fits");
static_assert(sizeof(struct expr_code) % alignof(struct code_step) == 0, "steps follow");
static_assert(sizeof(struct code_step) % alignof(struct span) == 0, "spans follow");
static_assert(alignof(struct code_operand) == alignof(struct code_test), "16-bit parts follow");
static_assert(alignof(struct code_test) == alignof(struct code_target), "16-bit parts follow");

static status check_text(expr_kind kind, struct span text, struct error *err)
{
    if (text.len == 0) {
        return FAIL(err, ST_VALIDATION, "Invalid %s: The expression can not be empty;",
                    code_kind_name(kind));
    }
    if (text.len > LIMIT_EXPRESSION_BYTES) {
        return FAIL(err, ST_VALIDATION,
                    "Invalid %s: Expression size has exceeded the maximum allowed size; "
                    "expression size: %zu",
                    code_kind_name(kind), text.len);
    }
    return ST_OK;
}

static status parse(struct parser *parser)
{
    switch (parser->kind) {
    case EXPR_CONDITION:
    case EXPR_FILTER:
    case EXPR_KEY_CONDITION:
        TRY(parser_condition(parser));
        break;
    case EXPR_UPDATE:
        TRY(parser_update(parser));
        break;
    case EXPR_PROJECTION:
        TRY(parser_projection(parser));
        break;
    }
    return parser_finish(parser);
}

/* ---- The block ---- */

static size_t block_bytes(const struct parser *p)
{
    return sizeof(struct expr_code) + p->step_count * sizeof *p->steps +
           p->name_count * sizeof *p->names + p->value_count * sizeof *p->values +
           p->target_count * sizeof *p->targets + p->test_count * sizeof *p->tests +
           p->operand_count * sizeof *p->operands + p->text.len;
}

/* Copy `bytes` bytes to *at and step over them. */
static void *put(uint8_t **at, const void *from, size_t bytes)
{
    void *to = *at;
    if (bytes > 0) memcpy(to, from, bytes);
    *at += bytes;
    return to;
}

/* Turn the spans of the parser's text into spans of the block's copy. */
static struct span moved(struct span span, const struct parser *p, const uint8_t *text)
{
    if (span.ptr == NULL) return span;
    return (struct span){text + (span.ptr - p->text.ptr), span.len};
}

static void fill_block(const struct parser *p, struct expr_code *code)
{
    uint8_t *at = (uint8_t *)(code + 1);
    struct code_step *steps = put(&at, p->steps, p->step_count * sizeof *p->steps);
    struct span *names = put(&at, p->names, p->name_count * sizeof *p->names);
    struct span *values = put(&at, p->values, p->value_count * sizeof *p->values);
    const void *targets = put(&at, p->targets, p->target_count * sizeof *p->targets);
    const void *tests = put(&at, p->tests, p->test_count * sizeof *p->tests);
    const void *operands = put(&at, p->operands, p->operand_count * sizeof *p->operands);
    const uint8_t *text = put(&at, p->text.ptr, p->text.len);
    for (size_t i = 0; i < p->step_count; i++) steps[i].name = moved(steps[i].name, p, text);
    for (size_t i = 0; i < p->name_count; i++) names[i] = moved(names[i], p, text);
    for (size_t i = 0; i < p->value_count; i++) values[i] = moved(values[i], p, text);
    *code = (struct expr_code){
        .kind = p->kind,
        .has_or = p->has_or,
        .has_not = p->has_not,
        .text = {text, p->text.len},
        .targets = targets,
        .tests = tests,
        .operands = operands,
        .steps = steps,
        .names = names,
        .values = values,
        .target_count = p->target_count,
        .test_count = p->test_count,
        .operand_count = p->operand_count,
        .step_count = p->step_count,
        .name_count = p->name_count,
        .value_count = p->value_count,
    };
}

/* Keep what `parser` read: in the cache if there is room, else in the arena. */
static status keep(struct expr_cache *cache, const struct parser *parser,
                   const struct expr_code **out)
{
    const size_t bytes = block_bytes(parser);
    struct code_cache_entry *entry =
        cache == NULL ? NULL : code_cache_add(cache, parser->kind, parser->text, bytes);
    struct expr_code *code = entry != NULL ? entry->code : arena_alloc_raw(parser->arena, bytes);
    if (code == NULL) return FAIL_PLAIN(parser->err, ST_NO_MEMORY);
    fill_block(parser, code);
    code->entry = entry;
    *out = code;
    return ST_OK;
}

status expr_compile(struct expr_cache *cache, struct arena *arena, struct expr_source source,
                    const struct expr_code **out, struct error *err)
{
    TRY(check_text(source.kind, source.text, err));
    const struct code_cache_entry *entry =
        cache == NULL ? NULL : code_cache_find(cache, source.kind, source.text);
    if (entry != NULL) {
        *out = entry->code;
        return ST_OK;
    }
    struct parser parser;
    TRY(parser_init(&parser, source.kind, source.text, arena, err));
    TRY(parse(&parser));
    return keep(cache, &parser, out);
}
