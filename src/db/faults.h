/* faults.h -- what goes wrong with a handle's calls because a test wants it to.
 *
 *     faults_init -> faults_add … -> faults_draw, for each attempt -> faults_deinit
 *
 * F1  Whether a fault meets an attempt depends on its seed and on how many attempts of its
 *     operation came before.
 */
#ifndef STATOR_DB_FAULTS_H
#define STATOR_DB_FAULTS_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/error.h"
#include "os/mutex.h"
#include "stator/testkit.h"

struct fault;

struct faults {
    atomic_bool any;
    struct mutex lock;
    struct arena arena GUARDED_BY(lock);
    struct fault *first GUARDED_BY(lock);
    size_t met GUARDED_BY(lock); /* attempts */
};

/* What happens to one attempt. All zero: nothing. */
struct faults_verdict {
    const char *code; /* or NULL; both texts in the arena given to faults_draw */
    const char *message;
    bool is_lost;
    uint64_t latency_us;
};

void faults_init(struct faults *faults);
void faults_deinit(struct faults *faults);

/* Copy `spec`, which was checked for nothing yet. ST_VALIDATION, ST_NO_MEMORY. */
MUST_USE status faults_add(struct faults *faults, const stator_fault_spec *spec, struct error *err);
void faults_clear(struct faults *faults);
MUST_USE size_t faults_met(struct faults *faults);

/* Are there any? */
MUST_USE bool faults_exist(const struct faults *faults);

/* ST_NO_MEMORY. */
MUST_USE status faults_draw(struct faults *faults, struct span operation, struct arena *arena,
                            struct faults_verdict *out);

#endif
