/* place.c -- see place.h. */
#include "db/place.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "db/heap.h"

enum { FOLDERS_MAX = 16, NAMES_MAX = 64, NAME_BYTES = 80, URI_BYTES = 600 };

static char *folders[FOLDERS_MAX];
static size_t folder_count;
static char names[NAMES_MAX][NAME_BYTES];
static size_t name_count;

/* ---- where */

static const char *given_uri(void)
{
    const char *uri = getenv("STATOR_TEST_URI");
    return uri != NULL ? uri : "mem:";
}

bool place_is_local(void)
{
    return strcmp(given_uri(), "mem:") == 0 || strcmp(given_uri(), "file:") == 0;
}

bool place_is_peer(void)
{
    return getenv("STATOR_TEST_PEER") != NULL;
}

const char *place_uri(void)
{
    static char uri[URI_BYTES];
    if (strcmp(given_uri(), "file:") != 0) return given_uri();
    assert_true(folder_count < FOLDERS_MAX);
    folders[folder_count] = support_folder_new();
    (void)snprintf(uri, sizeof uri, "file:%s/data", folders[folder_count++]);
    return uri;
}

/* ---- handles */

stator *place_open_with(const stator_options *options)
{
    stator *db = NULL;
    place_rc(stator_open(place_uri(), options, &db), STATOR_OK);
    return db;
}

stator *place_open(void)
{
    return place_open_with(NULL);
}

void place_end(void)
{
    while (folder_count > 0) support_folder_free(folders[--folder_count]);
    heap_check();
}

void place_close(stator *db)
{
    stator_close(db);
    place_end();
}

/* ---- tables */

const char *place_name(const char *stem)
{
    static unsigned number;
    char *name = names[name_count++ % NAMES_MAX];
    (void)snprintf(name, NAME_BYTES, "%s.%d-%u", stem, (int)getpid(), ++number);
    return name;
}

const char *place_table(stator *db, const char *key)
{
    const char *name = place_name("table");
    place_rc(stator_create_table(db, .name = name, .key = key), STATOR_OK);
    return name;
}

/* ---- what calls return */

void place_rc_(stator_rc rc, stator_rc expected, const struct place_at *at)
{
    if (rc == expected) return;
    print_error("%s\n  returned %s, not %s: %s\n", at->call, stator_rc_name(rc),
                stator_rc_name(expected), stator_error_get()->message);
    _fail(at->file, at->line);
}

void place_error_(stator_rc rc, stator_rc expected, const char *message, const struct place_at *at)
{
    place_rc_(rc, expected, at);
    if (place_is_peer() && stator_error_get()->message[0] != '\0') return;
    if (strcmp(stator_error_get()->message, message) == 0) return;
    print_error("%s\n  says:     %s\n  expected: %s\n", at->call, stator_error_get()->message,
                message);
    _fail(at->file, at->line);
}

/* ---- items */

void place_json(const stator_node *node, const char *expected)
{
    char *text = stator_json(node, STATOR_JSON_PLAIN);
    if (expected == NULL) {
        assert_null(text);
    } else {
        assert_non_null(text);
        assert_string_equal(text, expected);
    }
    stator_free(text);
}

void place_put(stator *db, const char *table, const char *pk, const char *sk, int64_t n)
{
    place_rc(stator_put(db, table,
                        STATOR_M({"PK", stator_s(pk)}, {"SK", stator_s(sk)}, {"n", stator_i(n)})),
             STATOR_OK);
}

void place_stored(stator *db, const char *table, const char *pk, const char *sk,
                  const char *expected)
{
    stator_result *r = NULL;
    place_rc(stator_get(db, table, &r, PLACE_KEY(pk, sk), .consistent = true),
             expected != NULL ? STATOR_OK : STATOR_NOT_FOUND);
    place_json(stator_result_item(r, 0), expected);
    stator_result_free(r);
}

/* ---- canceling */

static void *cancel(void *ctx)
{
    const struct timespec moment = {.tv_nsec = 20000000};
    struct place_canceler *canceler = ctx;
    while (!canceler->is_over) {
        (void)nanosleep(&moment, NULL);
        stator_cancel(canceler->db);
    }
    return NULL;
}

void place_cancel_begin(struct place_canceler *canceler, stator *db)
{
    canceler->db = db;
    canceler->is_over = false;
    assert_int_equal(pthread_create(&canceler->thread, NULL, cancel, canceler), 0);
}

void place_cancel_end(struct place_canceler *canceler)
{
    canceler->is_over = true;
    assert_int_equal(pthread_join(canceler->thread, NULL), 0);
}
