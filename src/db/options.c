/* options.c -- see options.h. */
#include "db/options.h"

#include <string.h>

enum { OPTIONS_BYTES_MAX = 1 << 12 }; /* more is no struct of options, of whatever version */

static bool is_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != 0) return false;
    return true;
}

status options_take(const char *name, const void *given, void *out, size_t size, struct error *err)
{
    uint32_t known = 0;
    if (given == NULL) return FAIL(err, ST_MISUSE, "the %s are NULL", name);
    memcpy(&known, given, sizeof known);
    if (known < sizeof known || known > OPTIONS_BYTES_MAX)
        return FAIL(err, ST_MISUSE, "the size of %s is not set: .size = sizeof(%s)", name, name);
    if (known > size && !is_zero((const uint8_t *)given + size, known - size))
        return FAIL(err, ST_UNKNOWN_OPERATION, "%s sets options that Stator %s does not have", name,
                    STATOR_VERSION);
    memcpy(out, given, known < size ? known : size);
    return ST_OK;
}
