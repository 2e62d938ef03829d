/* constant.c -- literals to values.
 *
 *     literal := string | number | "TRUE" | "FALSE" | "NULL" | list | map | bag
 *     list    := "[" [ member { "," member } ] "]"
 *     map     := "{" [ string ":" member { "," string ":" member } ] "}"
 *     bag     := "<<" member { "," member } ">>"          strings only, or numbers only
 *     member  := { "+" | "-" } number | literal
 *
 * Lists and maps nest, and what is nested is written as it is read (value_build.h). Messages say
 * where in the literal something is: "root", "root.a", "root[1].b". So every container that is open
 * is a place on the stack of calls, linked to the one around it; LIMIT_NESTING ends that.
 */
#include "partiql/constant.h"

#include <assert.h>

#include "base/limits.h"
#include "base/sort.h"
#include "item/number.h"
#include "item/value_build.h"

/* Where a value stands within the literal. */
struct place {
    const struct place *outer; /* NULL: root */
    struct span name;          /* in a map */
    size_t index;              /* in a list */
    bool is_index;
};

/* A literal being read. */
struct constant {
    struct grammar *g;
    struct value_build build;
    struct error late;
};

static status read_member(struct constant *c, const struct place *place, value_type *type);

bool constant_begins(const struct grammar *g)
{
    static const uint64_t kinds = UINT64_C(1) << LEXEME_STRING | UINT64_C(1) << LEXEME_NUMBER |
                                  UINT64_C(1) << LEXEME_ION | UINT64_C(1) << LEXEME_OPEN_LIST |
                                  UINT64_C(1) << LEXEME_OPEN_MAP | UINT64_C(1) << LEXEME_OPEN_BAG;
    if ((kinds & UINT64_C(1) << g->now->kind) != 0) return true;
    return grammar_is_word(g, KEYWORD_TRUE) || grammar_is_word(g, KEYWORD_FALSE) ||
           grammar_is_word(g, KEYWORD_NULL) || grammar_is_word(g, KEYWORD_MISSING);
}

/* ---- Places ---- */

/* "root.a[1]", in the arena. */
static struct span place_text(const struct constant *c, const struct place *place)
{
    const struct place *outwards[LIMIT_NESTING + 1];
    struct buf text;
    size_t count = 0;
    for (; place->outer != NULL; place = place->outer) outwards[count++] = place;
    buf_init(&text, arena_mem(c->g->arena), SIZE_MAX / 2);
    buf_put_text(&text, "root");
    while (count > 0) {
        const struct place *next = outwards[--count];
        if (next->is_index) {
            buf_printf(&text, "[%zu]", next->index);
        } else {
            buf_put_text(&text, ".");
            buf_put(&text, next->name);
        }
    }
    return buf_status(&text) == ST_OK ? buf_view(&text) : SPAN("root");
}

/* The same for a note. Only the first one is told, so the others need none: a statement may have
 * thousands, each at a long place. */
static struct span noted_place(const struct constant *c, const struct place *place)
{
    return c->g->noted.status == ST_OK ? place_text(c, place) : SPAN("root");
}

#define PLACE(c, place) SPAN_ARG(noted_place((c), (place)))

/* ---- Scalars ---- */

/* number := digits …; the body is appended */
static void put_number(struct constant *c, const struct place *place, bool negative)
{
    const struct lexeme *lexeme = grammar_take(c->g);
    struct error why = error_in(c->g->arena);
    struct number number;
    if (number_parse(lexeme->text, &number, &why) != ST_OK) {
        const struct span text = error_text(&why);
        grammar_note(c->g, "%.*s under %.*s", SPAN_ARG(text), PLACE(c, place));
        return;
    }
    if (negative) {
        const struct number zero = number_from_i64(0);
        const status st = number_subtract(number_view(&zero), number_view(&number), &number, &why);
        assert(st == ST_OK);
    }
    buf_put(&c->build.body, number_view(&number));
}

static status put_string(struct constant *c)
{
    struct span text = {0};
    TRY_PLAIN(c->g->err, lexeme_unquote(grammar_take(c->g), c->g->arena, &text));
    buf_put(&c->build.body, text);
    return ST_OK;
}

/* "TRUE" | "FALSE" | "NULL"; anything else is noted */
static value_type put_word(struct constant *c)
{
    const struct lexeme *lexeme = grammar_take(c->g);
    if (lexeme->word == KEYWORD_NULL) return VALUE_NULL;
    if (lexeme->word == KEYWORD_MISSING) {
        grammar_note(c->g, "MISSING must be compared using IS operator");
        return VALUE_NULL;
    }
    buf_put_u8(&c->build.body, lexeme->word == KEYWORD_TRUE);
    return VALUE_BOOL;
}

/* ---- What is no literal ---- */

status constant_skip(struct grammar *g)
{
    uint32_t open = 0;
    (void)grammar_take(g);
    for (;;) {
        const lexeme_kind kind = g->now->kind;
        if (kind == LEXEME_END) return open == 0 ? ST_OK : grammar_fail(g, "Expected RIGHT_PAREN");
        const bool opens = kind == LEXEME_OPEN || kind == LEXEME_OPEN_LIST;
        const bool closes = kind == LEXEME_CLOSE || kind == LEXEME_CLOSE_LIST;
        if (open == 0 && !opens && kind != LEXEME_DOT) return ST_OK;
        if (opens) open++;
        if (closes) open--;
        (void)grammar_take(g);
        if (kind == LEXEME_DOT && grammar_is_name(g)) (void)grammar_take(g);
    }
}

/* A parameter, path or call where only a literal may stand. */
static status refuse_member(struct constant *c, const struct place *place)
{
    struct grammar *g = c->g;
    const struct lexeme *lexeme = g->now;
    if (lexeme->kind == LEXEME_HOLE) {
        (void)grammar_hole(g);
        grammar_note_at(g, lexeme, "Unsupported data type: Parameter under key %.*s",
                        PLACE(c, place));
        return ST_OK;
    }
    if (!grammar_is_name(g)) return grammar_fail_term(g);
    TRY(constant_skip(g));
    const bool is_call = lexeme[1].kind == LEXEME_OPEN;
    const bool is_path = lexeme[1].kind == LEXEME_DOT || lexeme[1].kind == LEXEME_OPEN_LIST;
    const struct span what = is_call ? lexeme->text : is_path ? SPAN("Path") : SPAN("Id");
    grammar_note_at(g, lexeme, "Unsupported data type: %.*s under key %.*s", SPAN_ARG(what),
                    PLACE(c, place));
    return ST_OK;
}

/* ---- Lists and maps ---- */

/* A list or map is entered, whose first member stands at `inside`. */
static status enter(struct constant *c, const struct place *inside)
{
    if (c->build.depth + 1 >= LIMIT_NESTING)
        return FAIL(c->g->err, ST_VALIDATION,
                    "Nesting Levels have exceeded supported limits under %.*s",
                    SPAN_ARG(place_text(c, inside)));
    c->build.depth++;
    return ST_OK;
}

/* list := "[" [ member { "," member } ] "]" */
static status read_list(struct constant *c, const struct place *place)
{
    struct place inside = {.outer = place, .is_index = true};
    (void)grammar_take(c->g);
    TRY(enter(c, &inside));
    const size_t begun = value_write_begin(&c->build.body);
    if (!grammar_is(c->g, LEXEME_CLOSE_LIST)) {
        do {
            value_type type = VALUE_NULL;
            const size_t gap = value_build_element(&c->build);
            TRY(read_member(c, &inside, &type));
            value_build_element_end(&c->build, gap, type);
            inside.index++;
        } while (grammar_accept(c->g, LEXEME_COMMA));
    }
    TRY(grammar_expect(c->g, LEXEME_CLOSE_LIST));
    value_write_end(&c->build.body, begun, (uint32_t)inside.index);
    c->build.depth--;
    return ST_OK;
}

/* The keys of a map so far. */
struct keys {
    struct span *names;
    uint32_t count;
    uint32_t room;
};

static int compare_names(const void *ctx, uint32_t a, uint32_t b)
{
    const struct span *names = ctx;
    return span_compare(names[a], names[b]);
}

static status keep_name(struct constant *c, struct keys *keys, struct span name)
{
    if (keys->count == keys->room) {
        const uint32_t room = keys->room == 0 ? 8 : 2 * keys->room;
        struct span *names = arena_new_array(c->g->arena, room, struct span);
        if (names == NULL) return FAIL_PLAIN(c->g->err, ST_NO_MEMORY);
        for (uint32_t i = 0; i < keys->count; i++) names[i] = keys->names[i];
        *keys = (struct keys){names, keys->count, room};
    }
    keys->names[keys->count++] = name;
    return ST_OK;
}

/* Note a key that comes twice. */
static status check_names(struct constant *c, const struct place *place, const struct keys *keys)
{
    uint32_t *order = arena_new_array(c->g->arena, keys->count, uint32_t);
    if (order == NULL) return FAIL_PLAIN(c->g->err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < keys->count; i++) order[i] = i;
    sort_numbers(order, keys->count, compare_names, keys->names);
    for (uint32_t i = 1; i < keys->count; i++) {
        const struct span name = keys->names[order[i]];
        if (!span_eq(keys->names[order[i - 1]], name)) continue;
        grammar_note(c->g, "Duplicate keys in tuple. Key: %.*s under %.*s", SPAN_ARG(name),
                     PLACE(c, place));
    }
    return ST_OK;
}

/* string ":", of a map at `place`; *name is what it says */
static status read_key(struct constant *c, const struct place *place, struct span *name)
{
    struct grammar *g = c->g;
    if (!grammar_is(g, LEXEME_STRING)) {
        if (!constant_begins(g) && !grammar_is_name(g) && !grammar_is(g, LEXEME_HOLE))
            return grammar_fail_term(g);
        grammar_note(g, "Tuple keys must be of type String. Actual type: %.*s under %.*s",
                     SPAN_ARG(g->now->text), PLACE(c, place));
        if (grammar_is(g, LEXEME_HOLE)) {
            (void)grammar_hole(g);
        } else {
            TRY(constant_skip(g));
        }
        return grammar_expect(g, LEXEME_COLON);
    }
    TRY_PLAIN(g->err, lexeme_unquote(grammar_take(g), g->arena, name));
    const char *fault = value_build_name_fault(*name);
    if (fault != NULL) grammar_note(g, "%s", fault);
    return grammar_expect(g, LEXEME_COLON);
}

/* string ":" member { "," string ":" member } "}", after the brace. `whole`: the item of an INSERT,
 * each of whose attributes is a root, and may be a parameter. */
static status read_pairs(struct constant *c, const struct place *place, bool whole, uint32_t *count)
{
    struct keys keys = {0};
    do {
        struct place inside = {.outer = place};
        TRY(read_key(c, place, &inside.name));
        TRY(keep_name(c, &keys, inside.name));
        value_type type = VALUE_NULL;
        const struct value_build_attribute at = value_build_attribute(&c->build, inside.name);
        if (whole && grammar_is(c->g, LEXEME_HOLE)) {
            const struct value given = grammar_hole(c->g);
            value_build_copy(&c->build, given);
            type = given.type;
        } else {
            TRY(read_member(c, whole ? place : &inside, &type));
        }
        value_build_attribute_end(&c->build, at, type);
    } while (grammar_accept(c->g, LEXEME_COMMA));
    *count = keys.count;
    return check_names(c, place, &keys);
}

/* map := "{" [ string ":" member { "," string ":" member } ] "}" */
static status read_map(struct constant *c, const struct place *place)
{
    struct place first = {.outer = place};
    uint32_t count = 0;
    (void)grammar_take(c->g);
    if (grammar_is(c->g, LEXEME_STRING))
        TRY_PLAIN(c->g->err, lexeme_unquote(c->g->now, c->g->arena, &first.name));
    TRY(enter(c, &first));
    const size_t begun = value_write_begin(&c->build.body);
    if (!grammar_is(c->g, LEXEME_CLOSE_MAP)) TRY(read_pairs(c, place, false, &count));
    TRY(grammar_expect(c->g, LEXEME_CLOSE_MAP));
    value_build_map_end(&c->build, begun, count);
    c->build.depth--;
    return ST_OK;
}

/* ---- Bags ---- */

static value_type set_type(lexeme_kind kind)
{
    if (kind == LEXEME_STRING) return VALUE_SS;
    const bool number = kind == LEXEME_NUMBER || kind == LEXEME_MINUS || kind == LEXEME_PLUS;
    return number ? VALUE_NS : VALUE_NONE;
}

/* One member of a bag whose first one made it a set of `type`. *fits: this one is of its kind. */
static status read_bag_member(struct constant *c, const struct place *place, value_type type,
                              bool *fits)
{
    value_type found = VALUE_NULL;
    if (set_type(c->g->now->kind) != type || type == VALUE_NONE) *fits = false;
    const size_t gap = value_build_member(&c->build);
    TRY(read_member(c, place, &found));
    value_build_member_end(&c->build, gap);
    if (found != value_element_type(type == VALUE_NONE ? VALUE_SS : type)) *fits = false;
    return ST_OK;
}

/* Numbers that come twice, as they were written: from `first` to before `end`. */
static void note_twice(struct constant *c, const struct place *place, const struct lexeme *first,
                       const struct lexeme *end)
{
    struct buf text;
    buf_init(&text, arena_mem(c->g->arena), SIZE_MAX / 2);
    for (const struct lexeme *at = first; at < end; at++) {
        buf_put(&text, at->text);
        if (at->kind == LEXEME_COMMA) buf_put_text(&text, " ");
    }
    grammar_note(c->g, "%sInput collection [%.*s] contains duplicates! under %.*s",
                 value_build_invalid, SPAN_ARG(buf_view(&text)), PLACE(c, place));
}

/* Put the members into order. */
static void end_bag(struct constant *c, const struct place *place, value_type type, size_t begun,
                    uint32_t count)
{
    const bool sound = value_build_is_sound(&c->build) && c->g->noted.status == ST_OK;
    if (!sound) return;
    const struct lexeme *end = c->g->now - 1;
    const struct lexeme *first = end;
    while (first[-1].kind != LEXEME_OPEN_BAG) first--;
    value_build_set_end(&c->build, type, begun, count);
    if (value_build_is_sound(&c->build)) return;
    if (type == VALUE_NS) {
        note_twice(c, place, first, end);
        return;
    }
    grammar_note(c->g, "%.*s", SPAN_ARG(error_text(&c->late)));
}

/* bag := "<<" member { "," member } ">>" */
static status read_bag(struct constant *c, const struct place *place, value_type *type)
{
    struct grammar *g = c->g;
    bool fits = true;
    uint32_t count = 0;
    (void)grammar_take(g);
    if (grammar_accept(g, LEXEME_CLOSE_BAG)) {
        grammar_note(g, "Empty bags are not supported");
        return ST_OK;
    }
    *type = set_type(g->now->kind);
    const size_t begun = value_write_begin(&c->build.body);
    do {
        TRY(read_bag_member(c, place, *type, &fits));
        count++;
    } while (grammar_accept(g, LEXEME_COMMA));
    TRY(grammar_expect(g, LEXEME_CLOSE_BAG));
    if (fits) {
        end_bag(c, place, *type, begun, count);
        return ST_OK;
    }
    grammar_note(g, "Unsupported data type in Bag. DynamoDB only supports either numbers or "
                    "strings in bags");
    *type = VALUE_NULL;
    return ST_OK;
}

/* ---- Values ---- */

/* { "+" | "-" } number; *negative: by the signs */
static bool take_signs(struct grammar *g)
{
    bool negative = false;
    for (;;) {
        if (grammar_accept(g, LEXEME_MINUS)) {
            negative = !negative;
        } else if (!grammar_accept(g, LEXEME_PLUS)) {
            return negative;
        }
    }
}

/* The body of a scalar is appended. */
static status read_scalar(struct constant *c, const struct place *place, value_type *type)
{
    if (grammar_is(c->g, LEXEME_STRING)) {
        *type = VALUE_S;
        return put_string(c);
    }
    if (grammar_is(c->g, LEXEME_NUMBER)) {
        *type = VALUE_N;
        put_number(c, place, false);
        return ST_OK;
    }
    if (!grammar_is(c->g, LEXEME_ION)) {
        *type = put_word(c);
        return ST_OK;
    }
    const struct span text = grammar_take(c->g)->text;
    grammar_note(c->g, "Ion Literals are not supported: %.*s under key %.*s", SPAN_ARG(text),
                 PLACE(c, place));
    return ST_OK;
}

/* literal := string | number | word | list | map | bag; the body is appended */
static status read_literal(struct constant *c, const struct place *place, value_type *type)
{
    if (grammar_is(c->g, LEXEME_OPEN_LIST)) {
        *type = VALUE_L;
        return read_list(c, place);
    }
    if (grammar_is(c->g, LEXEME_OPEN_MAP)) {
        *type = VALUE_M;
        return read_map(c, place);
    }
    if (!grammar_is(c->g, LEXEME_OPEN_BAG)) return read_scalar(c, place, type);
    TRY(grammar_enter(c->g));
    TRY(read_bag(c, place, type));
    grammar_leave(c->g);
    return ST_OK;
}

/* member := { "+" | "-" } number | literal */
static status read_member(struct constant *c, const struct place *place, value_type *type)
{
    assert(c->build.depth < LIMIT_NESTING);
    if (constant_begins(c->g)) return read_literal(c, place, type);
    if (!grammar_is(c->g, LEXEME_PLUS) && !grammar_is(c->g, LEXEME_MINUS))
        return refuse_member(c, place);
    const bool negative = take_signs(c->g);
    if (!grammar_is(c->g, LEXEME_NUMBER)) return grammar_fail_term(c->g);
    *type = VALUE_N;
    put_number(c, place, negative);
    return ST_OK;
}

static void begin(struct constant *c, struct grammar *g)
{
    *c = (struct constant){.g = g, .late = error_in(g->arena)};
    value_build_init(&c->build, g->arena, &c->late);
}

/* What was built, or null when something was noted. */
static status end(struct constant *c, value_type type, struct value *out)
{
    TRY_PLAIN(c->g->err, buf_status(&c->build.body));
    if (!value_build_is_sound(&c->build))
        grammar_note(c->g, "%.*s", SPAN_ARG(error_text(&c->late)));
    const bool sound = c->g->noted.status == ST_OK;
    *out = sound ? value_build_view(&c->build, 0, type) : (struct value){.type = VALUE_NULL};
    return ST_OK;
}

status constant_read(struct grammar *g, struct value *out)
{
    struct constant c;
    const struct place root = {0};
    value_type type = VALUE_NULL;
    assert(constant_begins(g));
    begin(&c, g);
    TRY(read_literal(&c, &root, &type));
    return end(&c, type, out);
}

status constant_number(struct grammar *g, bool negative, struct value *out)
{
    struct constant c;
    const struct place root = {0};
    assert(grammar_is(g, LEXEME_NUMBER));
    begin(&c, g);
    put_number(&c, &root, negative);
    return end(&c, VALUE_N, out);
}

status constant_item(struct grammar *g, struct value *out)
{
    struct constant c;
    const struct place root = {0};
    uint32_t count = 0;
    assert(grammar_is(g, LEXEME_OPEN_MAP));
    begin(&c, g);
    (void)grammar_take(g);
    const size_t begun = value_write_begin(&c.build.body);
    if (!grammar_is(g, LEXEME_CLOSE_MAP)) TRY(read_pairs(&c, &root, true, &count));
    TRY(grammar_expect(g, LEXEME_CLOSE_MAP));
    value_build_map_end(&c.build, begun, count);
    return end(&c, VALUE_M, out);
}
