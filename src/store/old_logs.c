/* old_logs.c -- see old_logs.h.
 *
 * A log has the size of an unwritten table, 32 MiB as a rule. To remove a file of that size takes
 * ext4 15 to 30 ms, most of it while it holds its journal, for which every sync of another file
 * waits: with 10,000 updates a second these were the slowest hundredth of them. A file that
 * somebody has open loses its name at once and its blocks later. So a thread holds every log that
 * has been filled, and when RocksDB has removed it, cuts off its blocks by pieces, with rests
 * between: the same file then costs nobody more than 2 to 4 ms.
 *
 * L1  A log is cut when it has no name any longer: nobody can open it.
 * L2  Nothing is held back while there is little room: then a log goes when RocksDB says so.
 * L3  Whatever fails here fails quietly: the file is let go, and is gone. With the process it goes
 *     as well, however that ends.
 *
 * A log is held when the next one is made, and a table is written to a file between that and its
 * removal: there is time. Those of a small database are never held, for they are not large.
 *
 * Why not RocksDB's archive of logs: it is on disk, where a crash leaves it behind, and the room
 * that it takes is missing where merging files needs it most.
 */
#include "store/old_logs.h"

#include <stdio.h>
#include <string.h>

#include "os/folder.h"

enum {
    PATH_BYTES = 4096,
    REST_NS = 2000000,
    TIGHT_BYTES = 256 << 20, /* L2: several logs */
};

static bool is_log(const char *name)
{
    const size_t digits = strspn(name, "0123456789");
    return digits > 0 && strcmp(name + digits, ".log") == 0 && strlen(name) < OLD_LOGS_NAME_BYTES;
}

static bool is_tight(const struct old_logs *logs)
{
    return folder_free_bytes(logs->path) < TIGHT_BYTES;
}

static void hold(struct old_logs *logs, const char *name)
{
    char path[PATH_BYTES];
    if (name[0] == '\0' || logs->held_count == OLD_LOGS_HELD_MAX || is_tight(logs)) return;
    const int len = snprintf(path, sizeof path, "%s/%s", logs->path, name);
    if (len < 0 || (size_t)len >= sizeof path) return;
    if (file_hold(path, OLD_LOGS_BYTES_MIN, &logs->held[logs->held_count])) logs->held_count++;
}

/* Cut it off by pieces, as long as there is no hurry. */
static void let_go(struct old_logs *logs, struct file *log)
{
    while (!folder_watch_is_ended(&logs->watch) && !is_tight(logs) &&
           file_cut(log, OLD_LOGS_PIECE_BYTES))
        thread_rest(REST_NS);
    file_close(log);
    *log = logs->held[--logs->held_count];
}

/* Not the one that the change told of: of many changes at once, some may not be told. */
static void let_go_of_nameless(struct old_logs *logs)
{
    size_t at = 0;
    while (at < logs->held_count) {
        if (file_is_nameless(&logs->held[at]))
            let_go(logs, &logs->held[at]);
        else
            at++;
    }
}

static void has_come(struct old_logs *logs, const char *name)
{
    hold(logs, logs->newest);
    (void)snprintf(logs->newest, sizeof logs->newest, "%s", name);
}

static void old_logs_main(void *ctx)
{
    struct old_logs *logs = ctx;
    struct folder_change change;
    while (folder_watch_next(&logs->watch, &change)) {
        if (!is_log(change.name)) continue;
        if (!change.is_gone) has_come(logs, change.name);
        let_go_of_nameless(logs);
    }
    while (logs->held_count > 0) let_go(logs, &logs->held[0]);
}

void old_logs_init(struct old_logs *logs, const char *path)
{
    *logs = (struct old_logs){.path = path};
    if (folder_watch_open(path, &logs->watch) != ST_OK) return;
    logs->is_on = thread_start(&logs->thread, "store-logs", old_logs_main, logs) == ST_OK;
    if (!logs->is_on) folder_watch_close(&logs->watch);
}

void old_logs_deinit(struct old_logs *logs)
{
    if (!logs->is_on) return;
    folder_watch_end(&logs->watch);
    thread_join(&logs->thread);
    folder_watch_close(&logs->watch);
    logs->is_on = false;
}
