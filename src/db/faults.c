/* faults.c -- see faults.h. */
#include "db/faults.h"

#include "db/hooked.h"
#include "db/keep.h"

enum { TEXTS_BYTES_MAX = 1 << 20, RANDOM_BITS = 53 };

struct fault {
    stator_fault_spec spec; /* its texts are in the arena */
    uint64_t seed;
    uint64_t seen; /* attempts of its operation */
    int met;
    struct fault *next;
};

void faults_init(struct faults *faults)
{
    atomic_init(&faults->any, false);
    mutex_init(&faults->lock);
    arena_init(&faults->arena, mem_heap(), TEXTS_BYTES_MAX);
    faults->first = NULL;
    faults->met = 0;
}

void faults_deinit(struct faults *faults)
{
    arena_deinit(&faults->arena);
    mutex_deinit(&faults->lock);
}

bool faults_exist(const struct faults *faults)
{
    return atomic_load(&faults->any);
}

/* ---- adding */

static status check(const stator_fault_spec *spec, struct error *err)
{
    if (!(spec->rate >= 0 && spec->rate <= 1))
        return FAIL(err, ST_VALIDATION, "the rate of a fault is from 0 to 1");
    if (spec->latency_us < 0 || spec->skip < 0 || spec->times < 0)
        return FAIL(err, ST_VALIDATION, "latency_us, skip and times of a fault are not negative");
    if (spec->code != NULL && spec->lost)
        return FAIL(err, ST_VALIDATION,
                    "a fault has a code, of a request that is not carried out, or is lost, of one "
                    "that is");
    if (spec->code == NULL && !spec->lost && spec->latency_us == 0)
        return FAIL(err, ST_VALIDATION, "a fault has a code, or a latency, or is lost");
    return ST_OK;
}

static bool copy_text(struct arena *arena, const char *text, const char **out)
{
    *out = text != NULL ? keep_text(arena, span_of(text)) : NULL;
    return text == NULL || *out != NULL;
}

static struct fault *fault_new(struct arena *arena, const stator_fault_spec *spec)
{
    struct fault *fault = arena_new(arena, struct fault);
    if (fault == NULL) return NULL;
    fault->spec = *spec;
    fault->seed = hooked_scramble(spec->seed + 1);
    const bool kept = copy_text(arena, spec->action, &fault->spec.action) &&
                      copy_text(arena, spec->code, &fault->spec.code) &&
                      copy_text(arena, spec->message, &fault->spec.message);
    return kept ? fault : NULL;
}

static void link_last(struct faults *faults, struct fault *fault)
{
    struct fault **end = &faults->first;
    while (*end != NULL) end = &(*end)->next;
    *end = fault;
}

status faults_add(struct faults *faults, const stator_fault_spec *spec, struct error *err)
{
    TRY(check(spec, err));
    mutex_lock(&faults->lock);
    struct fault *fault = fault_new(&faults->arena, spec);
    if (fault != NULL) link_last(faults, fault);
    mutex_unlock(&faults->lock);
    if (fault == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    atomic_store(&faults->any, true);
    return ST_OK;
}

void faults_clear(struct faults *faults)
{
    mutex_lock(&faults->lock);
    atomic_store(&faults->any, false);
    faults->first = NULL;
    arena_reset(&faults->arena);
    mutex_unlock(&faults->lock);
}

size_t faults_met(struct faults *faults)
{
    mutex_lock(&faults->lock);
    const size_t met = faults->met;
    mutex_unlock(&faults->lock);
    return met;
}

/* ---- drawing */

/* A number from 0 up to 1, of attempt `n` (F1). */
static double chance(const struct fault *fault, uint64_t n)
{
    const uint64_t bits = hooked_scramble(fault->seed + n) >> (64 - RANDOM_BITS);
    return (double)bits / (double)(UINT64_C(1) << RANDOM_BITS);
}

static bool is_of(const struct fault *fault, struct span operation)
{
    return fault->spec.action == NULL || span_eq(span_of(fault->spec.action), operation);
}

/* Does it meet the attempt that comes now? */
static bool meets(struct fault *fault)
{
    const stator_fault_spec *spec = &fault->spec;
    const uint64_t n = fault->seen++;
    if (n < (uint64_t)spec->skip || (spec->times > 0 && fault->met == spec->times)) return false;
    return spec->rate == 0 || chance(fault, n) < spec->rate;
}

/* Only one thing can become of an attempt, however late. */
static bool is_settled(const struct faults_verdict *verdict)
{
    return verdict->code != NULL || verdict->is_lost;
}

static status add_to(struct fault *fault, struct arena *arena, struct faults_verdict *verdict)
{
    const stator_fault_spec *spec = &fault->spec;
    const bool is_late_alone = spec->code == NULL && !spec->lost;
    if (is_settled(verdict) && !is_late_alone) return ST_OK;
    if (!is_late_alone) {
        const bool kept = copy_text(arena, spec->code, &verdict->code) &&
                          copy_text(arena, spec->message, &verdict->message);
        if (!kept) return ST_NO_MEMORY;
        verdict->is_lost = spec->lost;
    }
    verdict->latency_us += (uint64_t)spec->latency_us;
    fault->met++;
    return ST_OK;
}

static status draw(struct faults *faults, struct span operation, struct arena *arena,
                   struct faults_verdict *out)
{
    bool is_met = false;
    for (struct fault *fault = faults->first; fault != NULL; fault = fault->next) {
        if (!is_of(fault, operation) || !meets(fault)) continue;
        TRY(add_to(fault, arena, out));
        is_met = true;
    }
    if (is_met) faults->met++;
    return ST_OK;
}

status faults_draw(struct faults *faults, struct span operation, struct arena *arena,
                   struct faults_verdict *out)
{
    *out = (struct faults_verdict){0};
    if (!faults_exist(faults)) return ST_OK;
    mutex_lock(&faults->lock);
    const status st = draw(faults, operation, arena, out);
    mutex_unlock(&faults->lock);
    return st;
}
