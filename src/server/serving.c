/* serving.c -- stator_serve: a database that a program has open, served to others by that program.
 *
 * It is a server (server.h) over the instance of the handle, on threads of its own. It holds the
 * handle's memory; that it is stopped before the handle is closed is the program's to see to, and
 * asserted by nobody but W1.
 */
#include "base/limits.h"
#include "db/embedded.h"
#include "db/options.h"
#include "os/os.h"
#include "server/server.h"

enum { ERROR_BYTES_MAX = 64 << 10, PORT_MAX = 65535 };

struct stator_serving {
    stator *db; /* held */
    struct server *server;
};

static status check(const stator_serve_opts *opts, struct error *err)
{
    if (opts->port < 0 || opts->port > PORT_MAX)
        return FAIL(err, ST_VALIDATION, "a port is 0 to %d, not %d", PORT_MAX, opts->port);
    if (opts->threads < 0 || opts->threads > LIMIT_HTTP_LOOPS)
        return FAIL(err, ST_VALIDATION, "threads are 1 to %d, not %d", LIMIT_HTTP_LOOPS,
                    opts->threads);
    return ST_OK;
}

static status start(struct stator_serving *serving, struct instance *instance,
                    const stator_serve_opts *opts, struct error *err)
{
    const char *host = opts->host != NULL ? opts->host : "127.0.0.1";
    const struct server_options server = {
        .mem = mem_heap(),
        .os = os_system(),
        .instance = instance,
        .host = host[0] != '\0' ? host : NULL,
        .port = (uint16_t)opts->port,
        .unix_path = opts->unix_path,
        .loops = opts->threads > 0 ? (unsigned)opts->threads : 1,
    };
    TRY(check(opts, err));
    TRY(server_open(&server, &serving->server, err));
    return server_start(serving->server, err);
}

static status serve(stator *db, const stator_serve_opts *given, stator_serving **out,
                    struct error *err)
{
    stator_serve_opts opts = {0};
    struct instance *instance = NULL;
    if (out == NULL) return FAIL(err, ST_MISUSE, "stator_serve: `out` is NULL");
    TRY(options_take("stator_serve_opts", given, &opts, sizeof opts, err));
    stator_serving *serving = mem_new(mem_heap(), sizeof *serving);
    if (serving == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    status st = embedded_hold(db, &instance, err);
    if (st != ST_OK) {
        mem_free(mem_heap(), serving, sizeof *serving);
        return st;
    }
    serving->db = db;
    st = start(serving, instance, &opts, err);
    if (st == ST_OK) {
        *out = serving;
    } else {
        stator_serving_stop(serving);
    }
    return st;
}

/* A failure of this room, told as the library tells its own. */
static stator_rc tell(const struct error *err)
{
    static const struct {
        status status;
        stator_rc rc;
    } known[] = {
        {ST_VALIDATION,        STATOR_E_INVALID    },
        {ST_MISUSE,            STATOR_E_MISUSE     },
        {ST_UNKNOWN_OPERATION, STATOR_E_UNSUPPORTED},
        {ST_NO_MEMORY,         STATOR_E_NOMEM      },
    };
    stator_rc rc = STATOR_E_IO;
    for (size_t i = 0; i < ARRAY_COUNT(known); i++)
        if (known[i].status == err->status) rc = known[i].rc;
    return stator_fail(rc, "%.*s", SPAN_ARG(error_text(err)));
}

stator_rc stator_serve_(stator *db, stator_serving **out, const stator_serve_opts *opts)
{
    struct arena arena;
    if (out != NULL) *out = NULL;
    arena_init(&arena, mem_heap(), ERROR_BYTES_MAX);
    struct error err = error_in(&arena);
    const status st = serve(db, opts, out, &err);
    const stator_rc rc = st == ST_OK ? STATOR_OK : tell(&err);
    arena_deinit(&arena);
    return rc;
}

int stator_serving_port(const stator_serving *server)
{
    return server != NULL ? server_port(server->server) : 0;
}

void stator_serving_stop(stator_serving *server)
{
    if (server == NULL) return;
    if (server->server != NULL) server_close(server->server);
    embedded_let_go(server->db);
    mem_free(mem_heap(), server, sizeof *server);
}
