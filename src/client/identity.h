/* identity.h -- whose requests a client signs, and for which region: AWS's chain of places to look.
 *
 *     1  what the program says
 *     2  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
 *        (not when the program names a profile)
 *     3  the profile in the file of credentials: AWS_SHARED_CREDENTIALS_FILE, ~/.aws/credentials
 *     4  the profile in the file of settings: AWS_CONFIG_FILE, ~/.aws/config
 *
 * The profile is the program's, else AWS_PROFILE's, else "default". The region is the program's,
 * else AWS_REGION's, else AWS_DEFAULT_REGION's, else the profile's in the file of settings.
 *
 * What this client does not do: ask a container's or a machine's metadata service, assume roles,
 * sign on, or run a credential_process. A profile that needs one of these is refused with a
 * sentence that names it.
 *
 * A host that renews temporary credentials opens a new client with them; one that must ask a
 * metadata service does so itself and passes what it gets: those services are addresses that a
 * library should not call unasked.
 *
 * Source: AWS SDKs and Tools Reference Guide, "Standardized credential providers".
 */
#ifndef STATOR_CLIENT_IDENTITY_H
#define STATOR_CLIENT_IDENTITY_H

#include "base/error.h"
#include "os/os.h"

/* What the program says; each may be NULL. */
struct identity_wish {
    const char *access_key; /* with secret_key, or neither */
    const char *secret_key;
    const char *session_token;
    const char *profile;
    const char *region;
};

struct identity {
    struct span access_key; /* empty: none was found anywhere */
    struct span secret_key;
    struct span session_token; /* empty: none is needed */
    struct span region;        /* empty: none was found anywhere */
};

/* Go through the chain. Everything found is copied to `arena`. ST_MISSING_AUTH: half of a pair of
 * keys, a profile that is named and is not there, or one that wants what this client does not do.
 * ST_IO: a file that cannot be read. ST_LIMIT, ST_NO_MEMORY. */
MUST_USE status identity_find(struct arena *arena, const struct os *os,
                              const struct identity_wish *wish, struct identity *out,
                              struct error *err);

#endif
