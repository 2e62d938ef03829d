/* api_request.c -- any body into the reader of every operation.
 *
 * The first byte picks the operation, the rest is the request's body. Reading and checking must end
 * with ST_OK or one of the failures that field.h names, and leave nothing behind.
 */
#include <stdint.h>
#include <stdlib.h>

#include "api/op.h"
#include "base/limits.h"

#define OP(name, stem) extern const struct op op_##stem;
#define OP_STREAMS(name, stem) OP(name, stem)
#define OP_LATER(name)
#include "api/ops.def"
#undef OP
#undef OP_STREAMS
#undef OP_LATER

static const struct op *const ops[] = {
#define OP(name, stem) &op_##stem,
#define OP_STREAMS(name, stem) OP(name, stem)
#define OP_LATER(name)
#include "api/ops.def"
#undef OP
#undef OP_STREAMS
#undef OP_LATER
};

static bool is_expected(status st)
{
    return st == ST_OK || st == ST_SERIALIZATION || st == ST_VALIDATION || st == ST_NO_MEMORY;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    const struct field_shape *shape = &ops[data[0] % ARRAY_COUNT(ops)]->shape;
    struct arena arena;
    arena_init(&arena, mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    struct error err = error_in(&arena);
    void *in = arena_alloc(&arena, shape->size);
    if (in == NULL) abort();

    status st = field_read(shape, (struct span){data + 1, size - 1}, &arena, in, &err);
    struct field_terms terms = {.region = SPAN("us-east-1"), .account = SPAN("000000000000")};
    if (st == ST_OK) st = field_check(shape, &terms, in, &err);
    if (!is_expected(st)) abort();
    arena_deinit(&arena);
    return 0;
}
