/* identity_test.c -- AWS's chain: who wins, what is missing, and what this client does not follow.
 *
 * Every case has an environment, both shared files (in a folder that is its HOME) and what the
 * program says; the identity found is shown as "access/secret/token@region".
 */
#include "client/identity.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/fake_os.h"
#include "support/support.h"

enum { ARENA_BYTES = 8 << 20, PATH_BYTES = 600, VARIABLES = 4 };

struct world {
    struct identity_wish wish;
    const char *variables[VARIABLES][2]; /* name, value; "@" in a value is the folder */
    const char *credentials;             /* the file's text; NULL: no such file */
    const char *config;
};

struct place {
    char *folder;
    char paths[VARIABLES + 2][PATH_BYTES];
    unsigned path_count;
};

static void write_file(const struct place *place, const char *name, const char *text)
{
    char path[PATH_BYTES];
    if (text == NULL) return;
    (void)snprintf(path, sizeof path, "%s/.aws/%s", place->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* `value` with the folder for its "@". */
static const char *expand(struct place *place, const char *value)
{
    const char *at = strchr(value, '@');
    if (at == NULL) return value;
    char *path = place->paths[place->path_count++];
    (void)snprintf(path, PATH_BYTES, "%.*s%s%s", (int)(at - value), value, place->folder, at + 1);
    return path;
}

static void settle(struct place *place, const struct world *world, struct fake_os *fake)
{
    char aws[PATH_BYTES];
    *place = (struct place){.folder = support_folder_new()};
    (void)snprintf(aws, sizeof aws, "%s/.aws", place->folder);
    assert_int_equal(mkdir(aws, 0700), 0);
    write_file(place, "credentials", world->credentials);
    write_file(place, "config", world->config);
    fake_os_init(fake);
    fake_os_set(fake, "HOME", place->folder);
    for (size_t i = 0; i < VARIABLES && world->variables[i][0] != NULL; i++)
        fake_os_set(fake, world->variables[i][0], expand(place, world->variables[i][1]));
}

/* What is found in `world`, or the status's name and the text of the error. */
static void find(const struct world *world, char *out, size_t size)
{
    struct place place;
    struct fake_os fake;
    struct arena arena;
    struct identity found = {0};
    settle(&place, world, &fake);
    arena_init(&arena, support_mem(), ARENA_BYTES);
    struct error err = error_in(&arena);
    const status st = identity_find(&arena, &fake.os, &world->wish, &found, &err);
    if (st == ST_OK) {
        (void)snprintf(out, size, "%.*s/%.*s/%.*s@%.*s", SPAN_ARG(found.access_key),
                       SPAN_ARG(found.secret_key), SPAN_ARG(found.session_token),
                       SPAN_ARG(found.region));
    } else {
        (void)snprintf(out, size, "%s %.*s", status_info(st)->name, SPAN_ARG(error_text(&err)));
    }
    arena_deinit(&arena);
    support_folder_free(place.folder);
    support_mem_check();
}

#define KEYS "aws_access_key_id=AK1\naws_secret_access_key=SK1\n"
#define KEYS2 "aws_access_key_id=AK2\naws_secret_access_key=SK2\naws_session_token=T2\n"
#define ENV_KEYS                                                                                   \
    {"AWS_ACCESS_KEY_ID", "AKE"},                                                                  \
    {                                                                                              \
        "AWS_SECRET_ACCESS_KEY", "SKE"                                                             \
    }

/* clang-format off */
static const struct {
    struct world world;
    const char *found; /* how it begins */
} cases[] = {
    {{.config = NULL}, "//@"},
    {{.credentials = "[default]\n" KEYS, .config = "[default]\nregion = r1\n"}, "AK1/SK1/@r1"},
    {{.credentials = "[default]\n" KEYS "[b]\n" KEYS2, .variables = {{"AWS_PROFILE", "b"}}},
     "AK2/SK2/T2@"},
    {{.credentials = "[default]\n" KEYS "[b]\n" KEYS2, .wish = {.profile = "b"},
      .variables = {{"AWS_PROFILE", "c"}}}, "AK2/SK2/T2@"},
    {{.config = "[default]\n" KEYS "[profile b]\n" KEYS2 "region=r2", .wish = {.profile = "b"}},
     "AK2/SK2/T2@r2"},
    {{.credentials = "[default]\n" KEYS, .config = "[default]\n" KEYS2}, "AK1/SK1/@"},

    /* the environment goes before the files, and the program before both */
    {{.credentials = "[default]\n" KEYS, .variables = {ENV_KEYS, {"AWS_SESSION_TOKEN", "TE"}}},
     "AKE/SKE/TE@"},
    {{.credentials = "[default]\n" KEYS2, .variables = {ENV_KEYS}}, "AKE/SKE/@"},
    {{.credentials = "[b]\n" KEYS, .wish = {.profile = "b"}, .variables = {ENV_KEYS}}, "AK1/SK1/@"},
    {{.credentials = "[b]\n" KEYS, .variables = {ENV_KEYS, {"AWS_PROFILE", "b"}}}, "AKE/SKE/@"},
    {{.credentials = "[default]\n" KEYS, .variables = {ENV_KEYS},
      .wish = {.access_key = "AKP", .secret_key = "SKP", .session_token = "TP"}}, "AKP/SKP/TP@"},
    {{.credentials = "[default]\n" KEYS, .variables = {{"AWS_ACCESS_KEY_ID", ""}}}, "AK1/SK1/@"},

    /* the region has a chain of its own */
    {{.config = "[default]\nregion=r1", .variables = {{"AWS_REGION", "r2"},
      {"AWS_DEFAULT_REGION", "r3"}}}, "//@r2"},
    {{.config = "[default]\nregion=r1", .variables = {{"AWS_DEFAULT_REGION", "r3"}}}, "//@r3"},
    {{.config = "[default]\nregion=r1", .variables = {{"AWS_REGION", "r2"}},
      .wish = {.region = "r0"}}, "//@r0"},
    {{.credentials = "[default]\nregion=r9", .config = "[default]\nregion=r1"}, "//@r1"},

    /* files elsewhere */
    {{.credentials = "[default]\n" KEYS, .variables = {{"HOME", "/nowhere"},
      {"AWS_SHARED_CREDENTIALS_FILE", "@/.aws/credentials"}}}, "AK1/SK1/@"},
    {{.config = "[default]\n" KEYS2, .variables = {{"AWS_CONFIG_FILE", "~/.aws/config"},
      {"AWS_SHARED_CREDENTIALS_FILE", "/dev/null"}}}, "AK2/SK2/T2@"},
    {{.credentials = "[default]\n" KEYS, .variables = {{"HOME", ""}}}, "//@"},
    {{.variables = {{"AWS_CONFIG_FILE", "@"}}}, "IO cannot read "},
    {{.variables = {ENV_KEYS, {"AWS_REGION", "r1"}, {"AWS_CONFIG_FILE", "@"}}}, "AKE/SKE/@r1"},

    /* what is half there, or not to be had */
    {{.variables = {{"AWS_ACCESS_KEY_ID", "AKE"}}, .credentials = "[default]\n" KEYS},
     "MISSING_AUTH the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) has only one of"},
    {{.variables = {{"AWS_SECRET_ACCESS_KEY", "SKE"}}}, "MISSING_AUTH the environment"},
    {{.wish = {.access_key = "AKP"}}, "MISSING_AUTH the program has only one of"},
    {{.credentials = "[default]\naws_access_key_id=a"},
     "MISSING_AUTH the profile in AWS's file of credentials has only one"},
    {{.config = "[default]\naws_secret_access_key=a"},
     "MISSING_AUTH the profile in AWS's file of settings has only one"},
    {{.wish = {.profile = "b"}, .credentials = "[default]\n" KEYS},
     "MISSING_AUTH there is no profile \"b\" in"},
    {{.variables = {{"AWS_PROFILE", "b"}}}, "MISSING_AUTH there is no profile \"b\" in"},
    {{.wish = {.profile = "b"}, .config = "[profile b]\nregion=r1"}, "//@r1"},
    {{.config = "[default]\nrole_arn=a\nsource_profile=b"},
     "MISSING_AUTH the profile \"default\" has no keys but role_arn, which"},
    {{.credentials = "[b]\ncredential_process=a", .wish = {.profile = "b"}},
     "MISSING_AUTH the profile \"b\" has no keys but credential_process, which"},
    {{.config = "[default]\nsso_session=a\n" KEYS}, "AK1/SK1/@"},
    {{.wish = {.access_key = "a\r\nX: y", .secret_key = "b"}},
     "MISSING_AUTH the program has an access key or session token with characters"},
    {{.variables = {{"AWS_REGION", "r 1"}}}, "MISSING_AUTH the region has characters"},
};
/* clang-format on */

static void test_identity__the_first_place_that_has_keys_wins(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char found[400];
        find(&cases[i].world, found, sizeof found);
        const size_t len = strlen(cases[i].found);
        const bool is_whole = strchr(cases[i].found, '@') != NULL;
        if (strncmp(found, cases[i].found, len) != 0 || (is_whole && found[len] != '\0'))
            fail_msg("case %zu: %s\n  expected: %s", i, found, cases[i].found);
    }
}

static void test_identity__a_file_has_a_limit(void **state)
{
    (void)state;
    const size_t size = 1100000;
    char *text = malloc(size + 1);
    assert_non_null(text);
    memset(text, '#', size);
    text[size] = '\0';
    const struct world world = {.config = text};
    char found[400];
    find(&world, found, sizeof found);
    assert_non_null(strstr(found, "/.aws/config is too large"));
    free(text);
}

static void test_identity__no_memory_is_told(void **state)
{
    (void)state;
    const struct world world = {.credentials = "[default]\n" KEYS2,
                                .config = "[default]\nregion=r"};
    for (size_t bytes = 1; bytes < 40000; bytes += 400) {
        struct place place;
        struct fake_os fake;
        struct arena arena;
        struct identity found = {0};
        settle(&place, &world, &fake);
        arena_init(&arena, support_mem(), bytes);
        struct error err = error_in(&arena);
        const status st = identity_find(&arena, &fake.os, &world.wish, &found, &err);
        assert_true(st == ST_OK || st == ST_NO_MEMORY);
        assert_int_equal(st == ST_OK, found.access_key.len > 0);
        arena_deinit(&arena);
        support_folder_free(place.folder);
    }
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity__the_first_place_that_has_keys_wins),
        cmocka_unit_test(test_identity__a_file_has_a_limit),
        cmocka_unit_test(test_identity__no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
