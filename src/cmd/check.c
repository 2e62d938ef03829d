/* check.c -- stator check DIR: prove that a data directory is sound. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "engine/engine.h"
#include "os/os.h"
#include "store/store.h"

enum { ERROR_ARENA_BYTES = 64 << 10, CACHE_BYTES = 64 << 20 };

struct check {
    struct store *store;
    struct engine *engine;
};

static void print_problem(void *ctx, const char *text)
{
    (void)ctx;
    (void)printf("%s\n", text);
}

static status open_all(struct check *check, const char *dir, struct error *err)
{
    const struct store_options store = {.mem = mem_heap(),
                                        .dir = dir,
                                        .durability = STORE_SYNC,
                                        .cache_bytes = CACHE_BYTES,
                                        .must_exist = true};
    TRY(store_open(&store, &check->store, err));
    const struct engine_options engine = {
        .mem = mem_heap(), .os = os_system(), .store = check->store};
    return engine_open(&engine, &check->engine, err);
}

static void close_all(struct check *check)
{
    if (check->engine != NULL) engine_close(check->engine);
    if (check->store != NULL) store_close(check->store);
}

static status run(struct check *check, const char *dir, struct engine_check *result,
                  struct error *err)
{
    TRY(open_all(check, dir, err));
    return engine_check(check->engine, result, err);
}

static void print_summary(const struct engine_check *result)
{
    (void)printf("%" PRIu64 " tables, %" PRIu64 " items, %" PRIu64 " index entries: ",
                 result->tables, result->items, result->entries);
    if (result->problems == 0) {
        (void)printf("sound\n");
    } else {
        (void)printf("%" PRIu64 " problems\n", result->problems);
    }
}

static int check_directory(const char *dir)
{
    struct check check = {0};
    struct engine_check result = {.problem = print_problem};
    struct arena arena;
    arena_init(&arena, mem_heap(), ERROR_ARENA_BYTES);
    struct error err = error_in(&arena);
    const status st = run(&check, dir, &result, &err);
    if (st == ST_OK)
        print_summary(&result);
    else
        (void)fprintf(stderr, "stator check: %.*s\n", SPAN_ARG(error_text(&err)));
    close_all(&check);
    arena_deinit(&arena);
    return st == ST_OK && result.problems == 0 ? 0 : EXIT_FAILED;
}

static void print_usage(FILE *out)
{
    (void)fprintf(
        out, "usage: stator check DIR\n\n"
             "Walks the data in DIR, which no server may be using, and proves that every item\n"
             "is whole, that every index entry has its item and every item its entries.\n"
             "Prints each problem on a line; exits 0 when there is none.\n");
}

int command_check(int count, char *const *words)
{
    if (count == 1 && strcmp(words[0], "--help") == 0) {
        print_usage(stdout);
        return 0;
    }
    if (count == 1 && words[0][0] != '-') return check_directory(words[0]);
    print_usage(stderr);
    return EXIT_USAGE;
}
