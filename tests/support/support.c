/* support.c -- see support.h. */
#include "support/support.h"

#include <ftw.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static _Atomic uint64_t blocks_taken;
static _Atomic uint64_t fail_countdown;
static atomic_bool fail_fired;

static bool fails_now(void)
{
    uint64_t left = atomic_load(&fail_countdown);
    while (left > 0)
        if (atomic_compare_exchange_weak(&fail_countdown, &left, left - 1)) break;
    if (left != 1) return false;
    atomic_store(&fail_fired, true);
    return true;
}

static void *counting_resize(void *ctx, void *old, size_t old_size, size_t new_size)
{
    (void)ctx;
    (void)old_size;
    if (new_size == 0) {
        free(old);
        atomic_fetch_sub(&blocks_taken, 1);
        return NULL;
    }
    if (fails_now()) return NULL;
    void *ptr = realloc(old, new_size);
    if (ptr != NULL && old == NULL) atomic_fetch_add(&blocks_taken, 1);
    return ptr;
}

static const struct mem counting = {NULL, counting_resize};

const struct mem *support_mem(void)
{
    return &counting;
}

void support_mem_fail_at(uint64_t nth)
{
    atomic_store(&fail_fired, false);
    atomic_store(&fail_countdown, nth);
}

bool support_mem_failed(void)
{
    return atomic_load(&fail_fired);
}

void support_mem_check(void)
{
    support_mem_fail_at(0);
    const uint64_t left = atomic_exchange(&blocks_taken, 0);
    if (left != 0) fail_msg("%llu blocks of memory were not given back", (unsigned long long)left);
}

static size_t page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t guarded_bytes(size_t len)
{
    return (len / page_bytes() + 1) * page_bytes();
}

struct span support_guard(struct span bytes)
{
    const size_t before = guarded_bytes(bytes.len);
    uint8_t *pages = mmap(NULL, before + page_bytes(), PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(pages, MAP_FAILED);
    assert_int_equal(mprotect(pages + before, page_bytes(), PROT_NONE), 0);
    uint8_t *at = pages + before - bytes.len;
    if (bytes.len > 0) memcpy(at, bytes.ptr, bytes.len);
    return (struct span){at, bytes.len};
}

void support_guard_free(struct span guarded)
{
    const size_t before = guarded_bytes(guarded.len);
    uintptr_t pages = (uintptr_t)guarded.ptr + guarded.len - before;
    assert_int_equal(munmap((void *)pages, before + page_bytes()), 0);
}

struct support_random support_random(void)
{
    const char *given = getenv("STATOR_SEED");
    const uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    printf("seed %llu (STATOR_SEED=%llu replays this run)\n", (unsigned long long)seed,
           (unsigned long long)seed);
    return (struct support_random){seed};
}

/* splitmix64: one multiplication-rich step per number, any seed is a good seed. */
uint64_t support_random_next(struct support_random *random)
{
    uint64_t z = random->state += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

uint32_t support_random_below(struct support_random *random, uint32_t bound)
{
    return (uint32_t)(support_random_next(random) % bound);
}

char *support_folder_new(void)
{
    const char *base = getenv("TMPDIR");
    char path[512];
    (void)snprintf(path, sizeof path, "%s/stator-test-XXXXXX", base == NULL ? "/tmp" : base);
    assert_non_null(mkdtemp(path));
    return strdup(path);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

void support_folder_free(char *folder)
{
    assert_int_equal(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
    free(folder);
}

void support_assert_text(struct span actual, const char *expected)
{
    if (span_eq(actual, span_of(expected))) return;
    fail_msg("expected %s\n       but it is %.*s", expected, SPAN_ARG(actual));
}
