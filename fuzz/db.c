/* db.c -- fuzz the texts that applications give to the C library: a byte that chooses, then a text.
 *
 *     0  a condition as JSON      what is read can be judged and shown, and its negation disagrees
 *     1  an update as JSON        what is read is applied whole, or not at all
 *     2  a document in any style  what is read is written and read back the same
 *     3  a format of unpack       writes all variables or none
 *     4  a text with a ?          a condition that can be judged, or is refused with a sentence
 *     5  a path                   reads and sets the same place
 *
 * Nothing may leave memory behind: the last call ends what the thread keeps.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stator/stator.h"

enum { KINDS = 6, FORMAT_BYTES_MAX = 64, SLOTS = 40 };

static const char item_json[] = "{\"a\":1,\"b\":\"x\",\"c\":{\"d\":[1,{\"e\":true}],\"f.g\":null},"
                                "\"l\":[1,2,3],\"status\":\"JP\"}";

static stator_doc *make_item(void)
{
    stator_doc *doc = NULL;
    const stator_rc rc = stator_doc_parse(item_json, sizeof item_json - 1, STATOR_JSON_PLAIN, &doc);
    assert(rc == STATOR_OK);
    return doc;
}

static void check_error(stator_rc rc)
{
    assert(rc == STATOR_OK || stator_error_get()->rc == rc);
    assert(rc == STATOR_OK || stator_error_get()->message[0] != '\0');
}

static void judge(stator_cond condition)
{
    stator_doc *item = make_item();
    bool holds = false;
    bool other = false;
    const stator_rc rc = stator_cond_check(condition, stator_doc_node(item), &holds);
    check_error(rc);
    if (rc == STATOR_OK) {
        /* One level more may be too deep, one operator more too many. */
        const stator_rc again =
            stator_cond_check(stator_not(condition), stator_doc_node(item), &other);
        check_error(again);
        assert(again != STATOR_OK || holds != other);
        char *text = stator_cond_text(condition);
        assert(text != NULL);
        stator_free(text);
    }
    stator_doc_free(item);
}

static void fuzz_condition(const char *text)
{
    stator_pool *pool = stator_pool_new();
    stator_cond condition = {0};
    const stator_rc rc = stator_cond_parse(pool, text, &condition);
    check_error(rc);
    judge(stator_cond_keep(pool, condition));
    stator_pool_free(pool);
}

static void fuzz_update(const char *text)
{
    stator_pool *pool = stator_pool_new();
    stator_doc *item = make_item();
    stator_doc *before = stator_doc_copy(stator_doc_node(item));
    stator_upd update = {0};
    check_error(stator_upd_parse(pool, text, &update));
    const stator_rc rc = stator_doc_update(item, update);
    check_error(rc);
    if (rc != STATOR_OK)
        assert(stator_compare(stator_doc_node(item), stator_doc_node(before), NULL) == 0);
    stator_doc_free(before);
    stator_doc_free(item);
    stator_pool_free(pool);
}

static void check_round_trip(const stator_doc *doc)
{
    stator_doc *back = NULL;
    char *json = stator_json(stator_doc_node(doc), STATOR_JSON_DYNAMODB);
    assert(json != NULL);
    const stator_rc rc = stator_doc_parse(json, strlen(json), STATOR_JSON_DYNAMODB, &back);
    assert(rc == STATOR_OK);
    assert(stator_compare(stator_doc_node(doc), stator_doc_node(back), NULL) == 0);
    stator_free(json);
    stator_doc_free(back);
}

static void fuzz_document(const char *text, size_t len)
{
    for (stator_json_style style = STATOR_JSON_DYNAMODB; style <= STATOR_JSON_PRETTY; style++) {
        stator_doc *doc = NULL;
        const stator_rc rc = stator_doc_parse(text, len, style, &doc);
        check_error(rc);
        assert((rc == STATOR_OK) == (doc != NULL));
        if (doc == NULL) continue;
        check_round_trip(doc);
        char *pretty = stator_json(stator_doc_node(doc), STATOR_JSON_PRETTY);
        assert(pretty != NULL);
        stator_free(pretty);
        stator_doc_free(doc);
    }
}

/* As many variables as a format of this length can have, each large enough for all. */
static void fuzz_format(const char *text)
{
    if (strlen(text) > FORMAT_BYTES_MAX) return;
    uint64_t s[SLOTS];
    memset(s, 0xAB, sizeof s);
    stator_doc *item = make_item();
    const stator_rc rc = stator_unpack(
        stator_doc_node(item), text, (void *)&s[0], (void *)&s[1], (void *)&s[2], (void *)&s[3],
        (void *)&s[4], (void *)&s[5], (void *)&s[6], (void *)&s[7], (void *)&s[8], (void *)&s[9],
        (void *)&s[10], (void *)&s[11], (void *)&s[12], (void *)&s[13], (void *)&s[14],
        (void *)&s[15], (void *)&s[16], (void *)&s[17], (void *)&s[18], (void *)&s[19],
        (void *)&s[20], (void *)&s[21], (void *)&s[22], (void *)&s[23], (void *)&s[24],
        (void *)&s[25], (void *)&s[26], (void *)&s[27], (void *)&s[28], (void *)&s[29],
        (void *)&s[30], (void *)&s[31], (void *)&s[32], (void *)&s[33], (void *)&s[34],
        (void *)&s[35], (void *)&s[36], (void *)&s[37], (void *)&s[38], (void *)&s[39]);
    check_error(rc);
    for (size_t i = 0; rc != STATOR_OK && i < SLOTS; i++)
        assert(s[i] == UINT64_C(0xABABABABABABABAB));
    stator_doc_free(item);
}

static void fuzz_text(const char *text)
{
    judge(stator_expr0(text));
    judge(stator_expr(text, stator_s("x")));
    judge(stator_and(stator_exists("a"), stator_expr(text, stator_path("c.d[0]"))));
}

static void fuzz_path(const char *text)
{
    stator_doc *item = make_item();
    const stator_rc rc = stator_doc_set(item, text, stator_s("here"));
    check_error(rc);
    const char *found = stator_str(stator_doc_node(item), text);
    /* An index past the end of a list appends before where it points. */
    if (rc == STATOR_OK && strchr(text, '[') == NULL) {
        assert(found != NULL);
        assert(strcmp(found, "here") == 0);
    }
    check_error(stator_doc_unset(item, text));
    stator_doc_free(item);
}

static void fuzz(int kind, const char *text, size_t len)
{
    if (kind == 0) fuzz_condition(text);
    if (kind == 1) fuzz_update(text);
    if (kind == 2) fuzz_document(text, len);
    if (kind == 3) fuzz_format(text);
    if (kind == 4) fuzz_text(text);
    if (kind == 5) fuzz_path(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    char *text = malloc(size);
    if (text == NULL) return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    fuzz(data[0] % KINDS, text, size - 1);
    free(text);
    stator_thread_end();
    return 0;
}
