/* load_report.h -- what bench_load prints; README.md describes the line. */
#ifndef STATOR_BENCH_LOAD_REPORT_H
#define STATOR_BENCH_LOAD_REPORT_H

#include "load_client.h"
#include "load_options.h"

/* Print `result` of a whole run, or of the last `every` seconds of it (0: of the whole). The server
 * used `cpu_us` of processor time meanwhile. */
void load_report_print(const struct load_options *options, const struct load_mix *mix,
                       const struct load_result *result, uint64_t cpu_us, unsigned every);

#endif
