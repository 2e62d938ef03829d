/* check.c -- stator check DIR: prove that a data directory is sound. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "engine/engine.h"
#include "instance/instance.h"
#include "os/os.h"

enum { ERROR_ARENA_BYTES = 64 << 10 };

static void print_problem(void *ctx, const char *text)
{
    (void)ctx;
    (void)printf("%s\n", text);
}

/* Open what is in `dir`, walk it, close it. */
static status run(const char *dir, struct engine_check *result, struct error *err)
{
    struct instance *instance = NULL;
    const struct instance_options options = {
        .mem = mem_heap(), .os = os_system(), .dir = dir, .must_exist = true};
    TRY(instance_open(&options, &instance, err));
    const status st = engine_check(instance_engine(instance), result, err);
    instance_close(instance);
    return st;
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
    struct engine_check result = {.problem = print_problem};
    struct arena arena;
    arena_init(&arena, mem_heap(), ERROR_ARENA_BYTES);
    struct error err = error_in(&arena);
    const status st = run(dir, &result, &err);
    if (st == ST_OK)
        print_summary(&result);
    else
        (void)fprintf(stderr, "stator check: %.*s\n", SPAN_ARG(error_text(&err)));
    arena_deinit(&arena);
    return st == ST_OK && result.problems == 0 ? 0 : EXIT_FAILED;
}

static void print_usage(FILE *out)
{
    (void)fprintf(
        out, "usage: stator check DIR\n\n"
             "Walks the data in DIR, which no server may be using, and proves that every item\n"
             "is whole, that every index entry has its item and every item its entries, and\n"
             "that every record of a stream is in its place.\n"
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
