/* with_retry.c -- again, after a pause, while an error may pass: for work of several calls.
 */
#include "patterns/common.h"

static const stator_retry usual = {3, 2 * STATOR_SECOND, 8 * STATOR_SECOND, 2.0, 0.0};

stator_rc stator_with_retry(stator *db, const stator_retry *retry, stator_rc (*op)(void *ud),
                            void *ud)
{
    if (db == NULL || op == NULL) return common_misuse("stator_with_retry");
    for (int attempt = 1;; attempt++) {
        const stator_rc rc = op(ud);
        if (stator_rc_class(rc) != STATOR_CLASS_RETRY) return rc;
        if (!stator_retry_pause(db, retry != NULL ? retry : &usual, attempt)) return rc;
    }
}
