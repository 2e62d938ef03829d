/* carriers.c -- see carriers.h. */
#include "db/carriers.h"

#include <string.h>

typedef status(open_fn)(const char *text, const stator_options *options,
                        const struct hooked *hooked, struct carrier **out, struct error *err);

/* The whole word goes to an endpoint, which reads it by itself (client/endpoint.h). */
static const struct {
    const char *scheme;
    open_fn *open;
    bool whole;
} schemes[] = {
    {"mem:",     carriers_open_memory, false},
    {"file:",    carriers_open_file,   false},
    {"unix:",    carriers_open_remote, true },
    {"http://",  carriers_open_remote, true },
    {"https://", carriers_open_remote, true },
    {"aws:",     carriers_open_remote, true },
    {"mock:",    carriers_open_mock,   false},
};

status carriers_open(const char *uri, const stator_options *options, const struct hooked *hooked,
                     struct carrier **out, struct error *err)
{
    for (size_t i = 0; i < ARRAY_COUNT(schemes); i++) {
        const size_t len = strlen(schemes[i].scheme);
        if (strncmp(uri, schemes[i].scheme, len) != 0) continue;
        return schemes[i].open(schemes[i].whole ? uri : uri + len, options, hooked, out, err);
    }
    return FAIL(err, ST_VALIDATION,
                "\"%s\" is no database: it begins with mem:, file:, unix:, http://, https://, "
                "aws: or mock:",
                uri);
}
