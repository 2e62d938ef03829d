/* disk.h -- a disk that a test controls: calls that fail, syncs that are held up, power cuts.
 *
 * A program that is linked with disk.c has its own open, write, fsync, rename … before the C
 * library's, so that RocksDB and Stator call them. Calls that concern files below the watched
 * folder are counted, can be failed, and are remembered; all others go straight to the system.
 *
 *     disk_watch(folder);                       what is there now counts as being on disk
 *     disk_fail(&(struct disk_fault){.calls = DISK_BIT(DISK_SYNC), .nth = 3, .error = EIO});
 *     … run what is tested …
 *     fired = disk_heal();                      how many calls failed; none does any more
 *     disk_power_cut(copy, DISK_CUT_TORN, seed);
 *     disk_forget();
 *
 * No call reaches the machine's own disk sooner for a sync: what a sync puts on disk is noted here,
 * and a power cut goes by these notes. disk_model.c says what a power cut may leave.
 *
 * Threads: any. Whatever changes a watched file does so under one lock.
 */
#ifndef STATOR_TESTS_SUPPORT_DISK_H
#define STATOR_TESTS_SUPPORT_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(constant, name in tables): the calls that are told apart. */
#define DISK_CALLS(X)                                                                              \
    X(DISK_OPEN, "open")                                                                           \
    X(DISK_REOPEN, "open to write")                                                                \
    X(DISK_CREATE, "create")                                                                       \
    X(DISK_READ, "read")                                                                           \
    X(DISK_WRITE, "write")                                                                         \
    X(DISK_SYNC, "sync")                                                                           \
    X(DISK_RANGE, "sync range")                                                                    \
    X(DISK_ALLOCATE, "allocate")                                                                   \
    X(DISK_TRUNCATE, "truncate")                                                                   \
    X(DISK_CLOSE, "close")                                                                         \
    X(DISK_LIST, "list")                                                                           \
    X(DISK_MKDIR, "mkdir")                                                                         \
    X(DISK_RMDIR, "rmdir")                                                                         \
    X(DISK_RENAME, "rename")                                                                       \
    X(DISK_LINK, "link")                                                                           \
    X(DISK_UNLINK, "unlink")

typedef enum disk_call {
#define X(constant, name) constant,
    DISK_CALLS(X)
#undef X
        DISK_CALL_COUNT
} disk_call;

#define DISK_BIT(call) (1U << (call))

/* What a full disk and a disk that became read-only refuse. */
#define DISK_NEEDS_ROOM                                                                            \
    (DISK_BIT(DISK_CREATE) | DISK_BIT(DISK_WRITE) | DISK_BIT(DISK_ALLOCATE) |                      \
     DISK_BIT(DISK_MKDIR) | DISK_BIT(DISK_LINK) | DISK_BIT(DISK_RENAME))
#define DISK_CHANGES                                                                               \
    (DISK_NEEDS_ROOM | DISK_BIT(DISK_REOPEN) | DISK_BIT(DISK_TRUNCATE) | DISK_BIT(DISK_RMDIR) |    \
     DISK_BIT(DISK_UNLINK))

/* Watch `folder` and what is below it, an absolute path; what is there counts as being on disk. The
 * files' bytes get second names in a folder beside it, until disk_forget, so that what was removed
 * can come back. */
void disk_watch(const char *folder);
void disk_forget(void);

/* How many calls of this kind there were since disk_watch. */
uint64_t disk_count(disk_call call);

/* ---- calls that fail */

struct disk_fault {
    unsigned calls; /* bits of disk_call */
    uint64_t nth;   /* of them all, from now on; 1 is the next */
    int error;      /* the errno; a call that is not made has no effect at all */
    bool lasting;   /* all from the nth on, until disk_heal */
    bool is_short;  /* the nth, a write, writes half of its bytes and tells so; with `lasting` the
                     * later ones fail, else none does */
    bool logs_only; /* count and fail only calls on files whose name ends in .log */
};
void disk_fail(const struct disk_fault *fault);

/* No call fails any more. How many did. */
uint64_t disk_heal(void);

/* ---- syncs of logs that wait */

/* Syncs of files whose name ends in .log wait, but for the next `let_through`, until
 * disk_release. */
void disk_hold(size_t let_through);
void disk_release(void);
void disk_wait_for_held_sync(void);

/* ---- power cuts */

typedef enum disk_cut {
    DISK_CUT_DROPPED, /* what was not synced is gone: bytes, names, removals */
    DISK_CUT_KEPT,    /* everything is there: as after a kill */
    DISK_CUT_TORN, /* some of the bytes are, sector by sector, and the first of the names: `seed` */
} disk_cut;

/* Make at `to`, which is not there and not watched, what the watched folder would be after a power
 * cut at this moment. */
void disk_power_cut(const char *to, disk_cut cut, uint64_t seed);

/* Call `moment` before each sync takes effect, also before one that fails. It may cut the power,
 * and must not wait for another thread. NULL: no more. */
typedef void(disk_moment_fn)(void *ctx);
void disk_before_sync(disk_moment_fn *moment, void *ctx);

#endif
