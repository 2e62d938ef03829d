/* lines.c -- fuzz the line protocol over a database in memory: each line of the input is asked, one
 * after the other, and must be answered by one JSON object without a line end.
 *
 * The database goes on from input to input (database.h), so inputs find what others left; a table
 * that they know is made again when it is gone.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "database.h"
#include "errand.h"
#include "lines/lines.h"
#include "json/json_reader.h"

enum { LINES_MAX = 20 };

static struct lines lines;
static atomic_bool sweeping;

struct asking {
    struct lines_call call;
    struct errand errand;
};

static void on_finished(struct lines_call *call)
{
    struct asking *asking = call->transport;
    errand_finish(&asking->errand);
}

static void on_resume(struct lines_call *call)
{
    struct asking *asking = call->transport;
    errand_resume(&asking->errand);
}

static void run(struct asking *asking)
{
    lines_start(&lines, &asking->call);
    while (!asking->errand.finished) {
        errand_await(&asking->errand);
        lines_continue(&asking->call);
    }
}

/* The answer is one object, which says "ok" or "error", and is all on one line. */
static void check_reply(struct asking *asking)
{
    const struct span text = buf_view(&asking->errand.reply);
    struct json_reader json;
    struct span word = {0};
    json_token token = JSON_NULL;
    if (buf_status(&asking->errand.reply) != ST_OK) return;
    assert(memchr(text.ptr, '\n', text.len) == NULL);
    json_reader_init(&json, &asking->errand.arena, text);
    assert(json_reader_next(&json, &token, &word) == ST_OK && token == JSON_OBJECT_BEGIN);
    assert(json_reader_next(&json, &token, &word) == ST_OK && token == JSON_KEY);
    assert(span_eq(word, SPAN("ok")) || span_eq(word, SPAN("error")));
    assert(span_eq(word, SPAN("ok")) == (asking->call.outcome == ST_OK));
}

static void ask(struct span text)
{
    struct asking asking = {0};
    errand_begin(&asking.errand);
    asking.call = (struct lines_call){
        .arena = &asking.errand.arena,
        .text = text,
        .reply = &asking.errand.reply,
        .finished = on_finished,
        .resume = on_resume,
        .transport = &asking,
    };
    run(&asking);
    check_reply(&asking);
    errand_end(&asking.errand);
}

static void make_ready(void)
{
    lines = (struct lines){
        .engine = instance_engine(database()),
        .api = instance_api(database()),
        .os = os_system(),
        .sweeping = &sweeping,
    };
    ask(SPAN("{\"op\":\"create_table\",\"table\":\"tab\",\"partition_key\":{\"name\":\"pk\","
             "\"type\":\"S\"},\"sort_key\":{\"name\":\"sk\",\"type\":\"N\"},\"ttl_attribute\":"
             "\"until\"}"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = {data, size};
    if (database_tend()) make_ready();
    for (int i = 0; i < LINES_MAX && rest.len > 0; i++) {
        const uint8_t *end = memchr(rest.ptr, '\n', rest.len);
        const size_t len = end == NULL ? rest.len : (size_t)(end - rest.ptr);
        ask(span_take(rest, len));
        rest = span_drop(rest, end == NULL ? len : len + 1);
    }
    return 0;
}
