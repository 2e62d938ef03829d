/* status.c -- the facts of status.h as a table. */
#include "base/status.h"

#include <assert.h>

static const struct status_info infos[STATUS_COUNT] = {
#define STATUS_ROW(name, type, http, text) {#name, type, http, text},
    STATUS_MAP(STATUS_ROW)
#undef STATUS_ROW
};

const struct status_info *status_info(status st)
{
    assert(st < STATUS_COUNT);
    return &infos[st];
}
