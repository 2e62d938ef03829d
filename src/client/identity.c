/* identity.c -- the chain, link by link.
 *
 * A link that has an access key ends the search for keys; one that has half a pair ends it with an
 * error, since going on would sign as somebody else than was meant. The files are read, whole and
 * once, only when keys or region are not found without them.
 */
#include "client/identity.h"

#include "base/limits.h"
#include "client/profile.h"
#include "os/file.h"

struct search {
    struct arena *arena;
    const struct os *os;
    const struct identity_wish *wish;
    struct identity *out;
    struct error *err;
    struct profile credentials; /* both files; without text when they are not there */
    struct profile config;
};

static bool is_set(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static status keep(struct search *search, struct span text, struct span *out)
{
    if (!arena_copy(search->arena, text, out)) return FAIL_PLAIN(search->err, ST_NO_MEMORY);
    return ST_OK;
}

/* ---- keys from a place */

struct keys {
    const char *place; /* for messages */
    struct span access_key;
    struct span secret_key;
    struct span session_token;
};

/* May it stand in the list of a header's parts? */
static bool is_sendable(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (c <= ' ' || c >= 0x7F || c == ',') return false;
    }
    return true;
}

/* Take the keys of one place. *found is false when it has none. */
static status take_keys(struct search *search, const struct keys *keys, bool *found)
{
    *found = keys->access_key.len > 0;
    if (keys->access_key.len == 0 && keys->secret_key.len == 0) return ST_OK;
    if (keys->access_key.len == 0 || keys->secret_key.len == 0)
        return FAIL(search->err, ST_MISSING_AUTH, "%s has only one of access key and secret key",
                    keys->place);
    if (!is_sendable(keys->access_key) || !is_sendable(keys->session_token))
        return FAIL(search->err, ST_MISSING_AUTH,
                    "%s has an access key or session token with characters that none has",
                    keys->place);
    TRY(keep(search, keys->access_key, &search->out->access_key));
    TRY(keep(search, keys->secret_key, &search->out->secret_key));
    return keep(search, keys->session_token, &search->out->session_token);
}

static struct span text_of(const char *text)
{
    return is_set(text) ? span_of(text) : (struct span){0};
}

static struct span variable(const struct search *search, const char *name)
{
    return text_of(os_variable(search->os, name));
}

static status keys_of_program(struct search *search, bool *found)
{
    const struct identity_wish *wish = search->wish;
    const struct keys keys = {
        .place = "the program",
        .access_key = text_of(wish->access_key),
        .secret_key = text_of(wish->secret_key),
        .session_token = text_of(wish->session_token),
    };
    return take_keys(search, &keys, found);
}

static status keys_of_environment(struct search *search, bool *found)
{
    if (is_set(search->wish->profile)) return ST_OK;
    const struct keys keys = {
        .place = "the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)",
        .access_key = variable(search, "AWS_ACCESS_KEY_ID"),
        .secret_key = variable(search, "AWS_SECRET_ACCESS_KEY"),
        .session_token = variable(search, "AWS_SESSION_TOKEN"),
    };
    return take_keys(search, &keys, found);
}

static status keys_of_profile(struct search *search, const struct profile *profile, bool *found)
{
    struct keys keys = {.place = profile->file == PROFILE_CREDENTIALS
                                     ? "the profile in AWS's file of credentials"
                                     : "the profile in AWS's file of settings"};
    (void)!profile_find(profile, "aws_access_key_id", &keys.access_key);
    (void)!profile_find(profile, "aws_secret_access_key", &keys.secret_key);
    (void)!profile_find(profile, "aws_session_token", &keys.session_token);
    return take_keys(search, &keys, found);
}

/* ---- the shared files */

/* The path of a shared file: a variable's, or one below the home directory, whose "~/" may also be
 * written out. *path is NULL when there is no home. */
static status path_of(struct search *search, const char *name, const char *usual, const char **path)
{
    const char *given = os_variable(search->os, name);
    const char *home = os_variable(search->os, "HOME");
    const char *below = is_set(given) ? given : usual;
    *path = below;
    if (!span_starts_with(span_of(below), SPAN("~/"))) return ST_OK;
    *path = NULL;
    if (!is_set(home)) return ST_OK;
    struct buf buf;
    buf_init(&buf, arena_mem(search->arena), 8192);
    buf_printf(&buf, "%s%s%c", home, below + 1, 0);
    TRY_PLAIN(search->err, buf_status(&buf));
    *path = (const char *)buf_view(&buf).ptr;
    return ST_OK;
}

static status load(struct search *search, const char *name, const char *usual,
                   struct profile *profile)
{
    const char *path = NULL;
    TRY(path_of(search, name, usual, &path));
    if (path == NULL) return ST_OK;
    struct buf text;
    bool found = false;
    buf_init(&text, arena_mem(search->arena), LIMIT_PROFILE_FILE_BYTES);
    TRY(file_load(path, &text, &found, search->err));
    if (found) profile->text = buf_view(&text);
    return ST_OK;
}

static status load_both(struct search *search)
{
    const char *named = search->wish->profile;
    if (!is_set(named)) named = os_variable(search->os, "AWS_PROFILE");
    const struct span name = is_set(named) ? span_of(named) : SPAN("default");
    search->credentials = (struct profile){.file = PROFILE_CREDENTIALS, .name = name};
    search->config = (struct profile){.file = PROFILE_CONFIG, .name = name};
    TRY(load(search, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", &search->credentials));
    return load(search, "AWS_CONFIG_FILE", "~/.aws/config", &search->config);
}

/* ---- what a profile may ask for in vain */

static status refuse_others(struct search *search)
{
    static const char *const others[] = {
        "role_arn",      "credential_source", "web_identity_token_file", "sso_session",
        "sso_start_url", "sso_account_id",    "source_profile",          "credential_process",
    };
    const struct profile *const files[] = {&search->credentials, &search->config};
    for (size_t i = 0; i < ARRAY_COUNT(others) * ARRAY_COUNT(files); i++) {
        const char *key = others[i / ARRAY_COUNT(files)];
        struct span value = {0};
        if (!profile_find(files[i % ARRAY_COUNT(files)], key, &value)) continue;
        return FAIL(search->err, ST_MISSING_AUTH,
                    "the profile \"%.*s\" has no keys but %s, which this client does not follow",
                    SPAN_ARG(search->config.name), key);
    }
    return ST_OK;
}

static status check_named(struct search *search)
{
    const bool is_named =
        is_set(search->wish->profile) || is_set(os_variable(search->os, "AWS_PROFILE"));
    if (!is_named || profile_exists(&search->credentials) || profile_exists(&search->config))
        return refuse_others(search);
    return FAIL(search->err, ST_MISSING_AUTH, "there is no profile \"%.*s\" in AWS's shared files",
                SPAN_ARG(search->config.name));
}

/* ---- the chain */

/* What needs no file. */
static status find_at_hand(struct search *search, bool *has_keys)
{
    TRY(keys_of_program(search, has_keys));
    if (!*has_keys) TRY(keys_of_environment(search, has_keys));
    const char *const regions[] = {
        search->wish->region,
        os_variable(search->os, "AWS_REGION"),
        os_variable(search->os, "AWS_DEFAULT_REGION"),
    };
    for (size_t i = 0; i < ARRAY_COUNT(regions); i++)
        if (is_set(regions[i])) return keep(search, span_of(regions[i]), &search->out->region);
    return ST_OK;
}

static status find_in_files(struct search *search, bool has_keys)
{
    TRY(load_both(search));
    if (!has_keys) TRY(keys_of_profile(search, &search->credentials, &has_keys));
    if (!has_keys) TRY(keys_of_profile(search, &search->config, &has_keys));
    if (!has_keys) TRY(check_named(search));
    struct span region = {0};
    if (search->out->region.len > 0 || !profile_find(&search->config, "region", &region))
        return ST_OK;
    return keep(search, region, &search->out->region);
}

status identity_find(struct arena *arena, const struct os *os, const struct identity_wish *wish,
                     struct identity *out, struct error *err)
{
    struct identity found = {0};
    struct search search = {.arena = arena, .os = os, .wish = wish, .out = &found, .err = err};
    bool has_keys = false;
    TRY(find_at_hand(&search, &has_keys));
    if (!has_keys || found.region.len == 0) TRY(find_in_files(&search, has_keys));
    if (!is_sendable(found.region))
        return FAIL(err, ST_MISSING_AUTH, "the region has characters that none has");
    *out = found;
    return ST_OK;
}
