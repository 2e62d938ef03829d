/* next_token.h -- NextToken: where a SELECT goes on, as a text that only its sender could have
 * made.
 *
 * A SELECT may read several ranges of keys, one after the other (pk IN ['a', 'b']). A place in it
 * is the number of a range, and in that range the key of the item read last.
 *
 * The text is base64 of
 *
 *     form u8, 1 | owner (16) | range u32 | key: type u8, len u32, body | seal (16)
 *
 * The seal is engine_seal's of all before it: what was changed, or made elsewhere, is no token. The
 * owner is that of the statement, its parameters and the caller, so that a token of another request
 * can be told from one that is none. Limit and ConsistentRead may differ from page to page. A token
 * outlives the server's restart.
 *
 * Sources: API reference, ExecuteStatement; the two sentences are the service's.
 */
#ifndef STATOR_API_NEXT_TOKEN_H
#define STATOR_API_NEXT_TOKEN_H

#include "api/ql.h"

/* What a token belongs to: the seal of the statement, its parameters and the caller. */
struct next_token_owner {
    uint8_t seal[ENGINE_SEAL_BYTES];
};

struct next_token {
    uint32_t range;
    struct value start_key; /* VALUE_M: behind this item; VALUE_NONE: from the range's beginning */
};

/* The owner of tokens for `statement`. ST_NO_MEMORY. */
MUST_USE status next_token_own(struct call *call, const struct ql_text *statement,
                               struct next_token_owner *out);

/* The text of `token`, in the call's arena. ST_NO_MEMORY. */
MUST_USE status next_token_write(struct call *call, const struct next_token_owner *owner,
                                 const struct next_token *token, struct span *out);

/* What `text` says; its key is in the call's arena. ST_VALIDATION: "Invalid NextToken", "NextToken
 * does not match request". ST_NO_MEMORY. */
MUST_USE status next_token_read(struct call *call, const struct next_token_owner *owner,
                                struct span text, struct next_token *out);

#endif
