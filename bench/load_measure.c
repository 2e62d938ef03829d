/* load_measure.c -- see load_measure.h. */
#include "load_measure.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

uint64_t load_measure_now_ns(void)
{
    struct timespec clock = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &clock);
    return (uint64_t)clock.tv_sec * 1000000000U + (uint64_t)clock.tv_nsec;
}

/* Values below 64 have a bucket each; above, the six bits after the highest choose within its
 * power of two. */
static unsigned bucket_of(uint64_t ns)
{
    if (ns < 1U << LOAD_MEASURE_SUB_BITS) return (unsigned)ns;
    const unsigned high = 63 - (unsigned)__builtin_clzll(ns);
    const unsigned shift = high - LOAD_MEASURE_SUB_BITS;
    const unsigned sub = (unsigned)(ns >> shift) & ((1U << LOAD_MEASURE_SUB_BITS) - 1);
    return ((shift + 1) << LOAD_MEASURE_SUB_BITS) + sub;
}

static uint64_t bucket_low(unsigned bucket)
{
    const unsigned sub = bucket & ((1U << LOAD_MEASURE_SUB_BITS) - 1);
    const unsigned row = bucket >> LOAD_MEASURE_SUB_BITS;
    if (row == 0) return sub;
    return (uint64_t)((1U << LOAD_MEASURE_SUB_BITS) + sub) << (row - 1);
}

void load_measure_add(struct load_measure *measure, uint64_t ns)
{
    measure->counts[bucket_of(ns)]++;
    measure->count++;
    if (ns > measure->max_ns) measure->max_ns = ns;
}

void load_measure_merge(struct load_measure *to, const struct load_measure *from)
{
    for (size_t i = 0; i < LOAD_MEASURE_BUCKETS; i++) to->counts[i] += from->counts[i];
    to->count += from->count;
    if (from->max_ns > to->max_ns) to->max_ns = from->max_ns;
}

uint64_t load_measure_quantile_ns(const struct load_measure *measure, unsigned permille)
{
    const uint64_t rank = measure->count * permille / 1000;
    uint64_t seen = 0;
    for (unsigned i = 0; i < LOAD_MEASURE_BUCKETS; i++) {
        seen += measure->counts[i];
        if (seen > rank) return bucket_low(i);
    }
    return measure->max_ns;
}

static bool read_file(unsigned pid, const char *name, char *out, size_t size)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%u/%s", pid, name);
    FILE *file = fopen(path, "r");
    if (file == NULL) return false;
    const size_t len = fread(out, 1, size - 1, file);
    out[len] = 0;
    (void)fclose(file);
    return len > 0;
}

/* The number after `skipped` words of `text`. */
static uint64_t number_at(const char *text, unsigned skipped)
{
    while (skipped-- > 0) {
        text += strspn(text, " ");
        text += strcspn(text, " ");
    }
    return strtoull(text, NULL, 10);
}

/* proc(5), stat: the name in parentheses may hold anything; user and system time are the 12th and
 * 13th word after it. */
uint64_t load_measure_cpu_us(unsigned pid)
{
    char text[1024];
    if (!read_file(pid, "stat", text, sizeof text)) return 0;
    const char *after_name = strrchr(text, ')');
    if (after_name == NULL) return 0;
    const uint64_t ticks = number_at(after_name + 1, 11) + number_at(after_name + 1, 12);
    return ticks * 1000000U / (uint64_t)sysconf(_SC_CLK_TCK);
}

uint64_t load_measure_rss_kib(unsigned pid)
{
    char text[256];
    if (!read_file(pid, "statm", text, sizeof text)) return 0;
    return number_at(text, 1) * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}
