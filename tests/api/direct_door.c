/* direct_door.c -- the spec's door into the process: requests of stdin, put to an api in memory as
 * calls from within. tests/spec/run --door starts it.
 *
 *     in     PutItem 32\n      an operation, the length of its JSON, and the JSON
 *     out    200 value 2\n     the HTTP status, how the request was put, the length of the reply,
 *                              and the reply
 *
 * A request is made a value by the operation's table of fields, and put so wherever it can be: text
 * that is no JSON, or holds what no value is (an empty set, a type that there is not), goes in as
 * the JSON that it is, and the second word says `json`. The reply is always taken as a value and
 * written as JSON by the table of replies. So that no thread is looked at, each call brings a
 * cache.
 */
#include <limits.h>
#include <stdio.h>

#include "api/dispatch.h"
#include "api/field_text.h"
#include "api/fixture.h"
#include "api/reply_shape.h"

enum { LINE_BYTES = 256, CACHE_BYTES = 1 << 20 };

struct asked {
    char operation[LINE_BYTES];
    struct span body;
    uint8_t *memory;
    size_t size;
};

/* False: there is no more. */
static bool read_request(struct asked *asked)
{
    char line[LINE_BYTES];
    if (fgets(line, sizeof line, stdin) == NULL) return false;
    char *blank = strchr(line, ' ');
    assert_non_null(blank);
    *blank = '\0';
    memcpy(asked->operation, line, sizeof line);
    asked->size = (size_t)strtoull(blank + 1, NULL, 10);
    asked->memory = mem_new(support_mem(), asked->size + 1);
    assert_non_null(asked->memory);
    assert_int_equal(fread(asked->memory, 1, asked->size, stdin), asked->size);
    asked->body = (struct span){asked->memory, asked->size};
    return true;
}

static void drop_request(struct asked *asked)
{
    mem_free(support_mem(), asked->memory, asked->size + 1);
}

/* The request as a value, or VALUE_NONE when it cannot be one. */
static struct value value_of(const struct asked *asked, struct arena *arena)
{
    struct value v = {0};
    struct error err = error_in(arena);
    const struct dispatch_entry *entry = dispatch_find_name(span_of(asked->operation));
    if (entry == NULL || entry->op == NULL) return v;
    if (field_text_read(&entry->op->shape, asked->body, arena, &v, &err) != ST_OK)
        return (struct value){0};
    return v;
}

static void write_reply(struct exchange *x, const struct asked *asked)
{
    struct json_writer json;
    const struct span operation = span_of(asked->operation);
    json_writer_init(&json, &x->reply);
    field_text_write(reply_shape_find(operation), x->call.answer, &json);
    assert_int_equal(buf_status(&x->reply), ST_OK);
    const char *how = x->call.request.type == VALUE_NONE ? "json" : "value";
    (void)printf("%d %s %zu\n", x->call.http_status, how, x->reply.len);
    (void)fwrite(x->reply.ptr, 1, x->reply.len, stdout);
    (void)fflush(stdout);
}

static void answer(struct fixture *f, const struct asked *asked, struct expr_cache *cache)
{
    struct exchange x;
    exchange_begin(&x, &(struct request){.authorization = NONE, .date = NONE});
    x.call.operation = span_of(asked->operation);
    x.call.request = value_of(asked, &x.arena);
    x.call.body = asked->body;
    x.call.cache = cache;
    x.call.reply = NULL;
    x.call.thread = UINT_MAX;
    exchange_run(&x, f);
    write_reply(&x, asked);
    exchange_end(&x);
}

int main(void)
{
    struct fixture f;
    struct asked asked;
    struct expr_cache *cache = NULL;
    fixture_open(&f);
    assert_int_equal(expr_cache_new(support_mem(), CACHE_BYTES, &cache), ST_OK);
    while (read_request(&asked)) {
        answer(&f, &asked, cache);
        drop_request(&asked);
    }
    expr_cache_free(cache);
    fixture_close(&f);
    return 0;
}
