/* key.c -- fuzz store keys: what stands where.
 *
 * The input is a byte of settings, a byte that says which attributes the second item has of the
 * first, and two items: partition key, sort key and three more attributes each, a byte of length
 * before each. Types are among the settings; where one is N its bytes are made a number. Both items
 * stand in a table, a local and a global index, of which is asked:
 *
 *     the order of two keys of one partition is that of the values, part by part, both ways (K1)
 *     keys of other partitions share no prefix; other items have other keys (K2, K4)
 *     each bound of a condition parts the keys as the condition parts the values
 *     of the segments of a scan exactly one has a key, and so has exactly one range of seconds
 *     what an expiry entry, a vector and a collection is of, is the item (K3, K5)
 */
#include <assert.h>
#include <string.h>

#include "item/number.h"
#include "table/item_key.h"

enum {
    ARENA_BYTES = 4 << 20,
    PARTS = 5, /* pk, sk, and what the indexes go by: x, y, z */
    PK = 0,
    SK = 1,
    X = 2,
    Y = 3,
    Z = 4,
    BYTES_MAX = 255,
};

static const char *const names[PARTS] = {"pk", "sk", "x", "y", "z"};

/* One item: its attributes, and the map of them. */
struct thing {
    struct value parts[PARTS];
    struct value map;
};

struct setting {
    value_type types[PARTS];
    struct table table;
    struct table_index local, global;
    struct hash *hash;
    struct arena *arena;
};

/* ---- reading the input */

static uint8_t take_byte(struct span *rest)
{
    if (rest->len == 0) return 0;
    const uint8_t byte = rest->ptr[0];
    *rest = span_drop(*rest, 1);
    return byte;
}

static struct span take_bytes(struct span *rest)
{
    const size_t wanted = take_byte(rest);
    const struct span bytes = span_take(*rest, wanted < rest->len ? wanted : rest->len);
    *rest = span_drop(*rest, bytes.len);
    return bytes;
}

/* A number from any bytes: sign and point, exponent, digits. */
static struct span number_of(struct span bytes, struct arena *arena)
{
    char text[64];
    struct number number = {0};
    struct error err = error_in(arena);
    struct span out = {0};
    size_t len = 0;
    const uint8_t head = take_byte(&bytes);
    const int exponent = take_byte(&bytes) % 86;
    if ((head & 1) != 0) text[len++] = '-';
    text[len++] = '0';
    for (size_t i = 0; i < bytes.len && i < 38; i++) text[len++] = (char)('0' + bytes.ptr[i] % 10);
    text[len++] = 'E';
    text[len++] = (head & 2) != 0 ? '-' : '+';
    text[len++] = (char)('0' + exponent / 10);
    text[len++] = (char)('0' + exponent % 10);
    const status st = number_parse((struct span){(const uint8_t *)text, len}, &number, &err);
    assert(st == ST_OK);
    const bool copied = arena_copy(arena, number_view(&number), &out);
    assert(copied);
    return out;
}

/* Keys are not empty. */
static struct value take_part(struct span *rest, value_type type, struct arena *arena)
{
    struct span bytes = take_bytes(rest);
    if (type == VALUE_N)
        bytes = number_of(bytes, arena);
    else if (bytes.len == 0)
        bytes = SPAN("\0");
    return (struct value){.type = type, .body = bytes};
}

static void make_map(struct thing *thing, struct arena *arena)
{
    struct buf map;
    buf_init(&map, arena_mem(arena), ARENA_BYTES);
    const size_t begun = value_write_begin(&map);
    for (int i = 0; i < PARTS; i++) value_write_attribute(&map, span_of(names[i]), thing->parts[i]);
    value_write_end(&map, begun, PARTS);
    assert(buf_status(&map) == ST_OK);
    thing->map = (struct value){.type = VALUE_M, .body = buf_view(&map)};
}

static void take_things(struct span *rest, const struct setting *setting, uint8_t shared,
                        struct thing *a, struct thing *b)
{
    for (int i = 0; i < PARTS; i++)
        a->parts[i] = take_part(rest, setting->types[i], setting->arena);
    for (int i = 0; i < PARTS; i++)
        b->parts[i] = (shared >> i & 1) != 0 ? a->parts[i]
                                             : take_part(rest, setting->types[i], setting->arena);
    make_map(a, setting->arena);
    make_map(b, setting->arena);
}

static struct table_key_part part(const struct setting *setting, int i)
{
    return (struct table_key_part){.name = span_of(names[i]), .type = setting->types[i]};
}

static void set(struct setting *setting, uint8_t bits, struct arena *arena)
{
    static const value_type types[] = {VALUE_S, VALUE_N, VALUE_B};
    setting->arena = arena;
    for (int i = 0; i < PARTS; i++) setting->types[i] = types[(bits >> i) % 3];
    struct table_key *key = &setting->table.spec.key;
    key->partition[0] = part(setting, PK);
    key->sort[0] = part(setting, SK);
    key->partition_count = 1;
    key->sort_count = (bits & 0x80) == 0;
    setting->table.number = 7;
    setting->local = (struct table_index){.name = SPAN("l"), .number = 8, .key = *key};
    setting->local.key.sort[0] = part(setting, X);
    setting->local.key.sort_count = 1;
    setting->global = (struct table_index){.name = SPAN("g"), .number = 9, .global = true};
    setting->global.key.partition[0] = part(setting, X);
    setting->global.key.partition_count = 1;
    setting->global.key.sort[0] = part(setting, Y);
    setting->global.key.sort[1] = part(setting, Z);
    setting->global.key.sort_count = 2;
}

/* ---- what is asked */

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

static bool holds(struct store_range range, struct span key)
{
    return span_compare(range.low, key) <= 0 && span_compare(key, range.high) < 0;
}

static struct span key_of(const struct setting *setting, const struct table_index *index,
                          const struct thing *thing)
{
    struct span key = {0};
    const struct item_key_home home = {&setting->table, index};
    const status st =
        index == NULL
            ? item_key_of(setting->hash, &setting->table, thing->map, setting->arena, &key)
            : item_key_entry(setting->hash, home, thing->map, setting->arena, &key);
    assert(st == ST_OK);
    assert(key.len >= ITEM_KEY_PREFIX_BYTES);
    return key;
}

static bool same_key(const struct setting *setting, const struct thing *a, const struct thing *b)
{
    const bool has_sort = setting->table.spec.key.sort_count > 0;
    return value_eq(a->parts[PK], b->parts[PK]) &&
           (!has_sort || value_eq(a->parts[SK], b->parts[SK]));
}

/* The order in which a home shows two items of one of its partitions; 0: as it likes. */
static int order_of(const struct setting *setting, const struct table_index *index,
                    const struct thing *a, const struct thing *b)
{
    const int by_sk =
        setting->table.spec.key.sort_count == 0 ? 0 : value_compare(a->parts[SK], b->parts[SK]);
    if (index == NULL) return by_sk;
    const int by_first =
        value_compare(a->parts[index->global ? Y : X], b->parts[index->global ? Y : X]);
    if (by_first != 0 || !index->global) return by_first != 0 ? by_first : by_sk;
    return value_compare(a->parts[Z], b->parts[Z]);
}

static void check_pair(const struct setting *setting, const struct table_index *index,
                       const struct thing *a, const struct thing *b)
{
    const struct span first = key_of(setting, index, a);
    const struct span second = key_of(setting, index, b);
    const int partition = index != NULL && index->global ? X : PK;
    const bool together = value_eq(a->parts[partition], b->parts[partition]);
    const int by_key = sign(span_compare(first, second));
    assert(by_key == -sign(span_compare(second, first)));
    assert(together == span_eq(span_take(first, ITEM_KEY_PREFIX_BYTES),
                               span_take(second, ITEM_KEY_PREFIX_BYTES)));
    if (same_key(setting, a, b) && index == NULL) assert(by_key == 0);
    if (!same_key(setting, a, b)) assert(by_key != 0);
    const int by_value = sign(order_of(setting, index, a, b));
    if (together && by_value != 0) assert(by_key == by_value);
}

/* The first sort part of a home, and whether another one may follow it. */
static int sort_part(const struct table_index *index)
{
    if (index == NULL) return SK;
    return index->global ? Y : X;
}

/* Where does `b` stand to the bounds that conditions on the value of `a` make? */
static void check_bounds(const struct setting *setting, const struct table_index *index,
                         const struct thing *a, const struct thing *b)
{
    const struct item_key_home home = {&setting->table, index};
    const int partition = index != NULL && index->global ? X : PK;
    const int sort = sort_part(index);
    const struct value bound = a->parts[sort];
    const struct span key = key_of(setting, index, b);
    struct span prefix = {0}, at = {0}, past = {0};
    struct store_range all = {0}, beginning = {0};
    status st =
        item_key_partition(setting->hash, home, &b->parts[partition], setting->arena, &prefix);
    if (st == ST_OK) st = item_key_at(home, prefix, bound, setting->arena, &at);
    if (st == ST_OK) st = item_key_past(home, prefix, bound, setting->arena, &past);
    if (st == ST_OK) st = item_key_under(prefix, setting->arena, &all);
    if (st == ST_OK) st = item_key_beginning(home, prefix, bound, setting->arena, &beginning);
    assert(st == ST_OK);
    assert(holds(all, key));
    const int order = value_compare(b->parts[sort], bound);
    assert((span_compare(key, at) >= 0) == (order >= 0));
    assert((span_compare(key, past) >= 0) == (order > 0));
    if (bound.type != VALUE_N)
        assert(holds(beginning, key) == span_starts_with(b->parts[sort].body, bound.body));
    if (index == NULL) return;
    struct span equal = {0};
    st = item_key_equal(prefix, bound, setting->arena, &equal);
    assert(st == ST_OK);
    assert(span_starts_with(key, equal) == (order == 0));
}

static void check_after(const struct setting *setting, struct span a, struct span b)
{
    struct span after = {0};
    const status st = item_key_after(a, setting->arena, &after);
    assert(st == ST_OK);
    assert((span_compare(b, after) >= 0) == (span_compare(b, a) > 0));
}

static void check_segments(const struct setting *setting, const struct table_index *index,
                           struct span key, uint32_t total)
{
    const struct item_key_home home = {&setting->table, index};
    uint32_t count = 0;
    for (uint32_t i = 0; i < total; i++) {
        struct store_range range = {0};
        const status st = item_key_segment(home, i, total, setting->arena, &range);
        assert(st == ST_OK);
        count += holds(range, key);
    }
    assert(count == 1);
}

/* What a second, a vector index and a collection have of an item leads back to it. */
static void check_companions(const struct setting *setting, struct span item, uint64_t second,
                             uint64_t other)
{
    struct span entry = {0}, back = {0};
    struct store_range range = {0};
    uint64_t read = 0;
    uint8_t collection[ITEM_KEY_PREFIX_BYTES];
    status st = item_key_expiry(second, item, setting->arena, &entry);
    if (st == ST_OK) st = item_key_of_expiry(entry, setting->arena, &back, &read);
    if (st == ST_OK) st = item_key_expiring(&setting->table, 0, other, setting->arena, &range);
    assert(st == ST_OK);
    assert(span_eq(back, item));
    assert(read == second);
    assert(holds(range, entry) == (second < other));
    st = item_key_vector(11, item, setting->arena, &entry);
    if (st == ST_OK) st = item_key_of_vector(&setting->table, entry, setting->arena, &back);
    if (st == ST_OK) st = item_key_vectors(11, setting->arena, &range);
    assert(st == ST_OK);
    assert(span_eq(back, item));
    assert(holds(range, entry));
    item_key_collection(item, collection);
    const struct span about = {collection, sizeof collection};
    st = item_key_of_collection((struct item_key_home){&setting->table, NULL}, about,
                                setting->arena, &range);
    assert(st == ST_OK);
    assert(holds(range, item));
}

static void check_home(const struct setting *setting, const struct table_index *index,
                       const struct thing *a, const struct thing *b)
{
    check_pair(setting, index, a, b);
    if (index != NULL || setting->table.spec.key.sort_count > 0) {
        check_bounds(setting, index, a, b);
        check_bounds(setting, index, b, a);
    }
    check_after(setting, key_of(setting, index, a), key_of(setting, index, b));
    check_segments(setting, index, key_of(setting, index, a), 1 + a->parts[PK].body.ptr[0] % 9U);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t secret[HASH_BYTES] = {7};
    struct span rest = {data, size};
    struct setting setting = {0};
    struct arena arena;
    if (size == 0) return 0;
    arena_init(&arena, mem_heap(), ARENA_BYTES);
    set(&setting, take_byte(&rest), &arena);
    const uint8_t shared = take_byte(&rest);
    struct thing a = {0};
    struct thing b = {0};
    const status st = hash_new(mem_heap(), secret, &setting.hash);
    assert(st == ST_OK);
    take_things(&rest, &setting, shared, &a, &b);
    check_home(&setting, NULL, &a, &b);
    check_home(&setting, &setting.local, &a, &b);
    check_home(&setting, &setting.global, &a, &b);
    check_companions(&setting, key_of(&setting, NULL, &a), a.parts[X].body.len,
                     b.parts[X].body.len);
    hash_free(setting.hash);
    arena_deinit(&arena);
    return 0;
}
