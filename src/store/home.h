/* home.h -- the data directory: whose it is, and that nobody else has it open.
 *
 *     home_open … home_close                             a store's
 *     home_begin_copy … home_finish_copy -> home_close   one that is being made of another
 */
#ifndef STATOR_STORE_HOME_H
#define STATOR_STORE_HOME_H

#include "base/error.h"
#include "base/mem.h"
#include "os/file.h"

struct home {
    const struct mem *mem;
    struct file marker;
    char *marker_path;
    char *data_path; /* the engine's own folder within */
    char *probe_path;
};

/* Is there something in `dir` to open? ST_FOREIGN: it is empty. ST_IO: it cannot be read. */
MUST_USE status home_expect(const char *dir, struct error *err);

/* Hold `dir` for a store, made when it is not there. ST_LOCKED: another opening holds it, in this
 * process or another. ST_FOREIGN: what is in it is not Stator's, or is a newer Stator's.
 * ST_IO, ST_NO_MEMORY. */
MUST_USE status home_open(struct home *home, const struct mem *mem, const char *dir,
                          struct error *err);
void home_close(struct home *home);

/* Can the directory be written, is it still the one that was opened, and is there room for `bytes`
 * more? A file is made there to learn it, for a moment. ST_IO: `err` says why not, in one line. */
MUST_USE status home_probe(const struct home *home, uint64_t bytes, struct error *err);

/* Hold `dir`, which must be empty or not there, for a copy of a store: until home_finish_copy has
 * succeeded it is a place that home_open refuses. home->data_path is not made. ST_FOREIGN: there is
 * something in it. ST_LOCKED, ST_IO, ST_NO_MEMORY. */
MUST_USE status home_begin_copy(struct home *home, const struct mem *mem, const char *dir,
                                struct error *err);

/* All that belongs into it is on disk: let it be a store's. ST_IO. */
MUST_USE status home_finish_copy(const struct home *home, const char *dir, struct error *err);

#endif
