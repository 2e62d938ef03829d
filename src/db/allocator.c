/* allocator.c -- stator_set_allocator. */
#include "base/mem.h"
#include "db/turn.h"

stator_rc stator_set_allocator(stator_resize_fn *resize, void *ud)
{
    const struct mem heap = {ud, resize};
    if (resize == NULL) return turn_note(STATOR_E_MISUSE, "stator_set_allocator: `resize` is NULL");
    if (mem_set_heap(&heap)) return STATOR_OK;
    return turn_note(STATOR_E_MISUSE, "stator_set_allocator: the library has taken memory already");
}
