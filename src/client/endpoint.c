/* endpoint.c -- reading endpoints strictly: what is read here becomes a URL and a header.
 *
 * So hosts and regions are letters, digits and a few signs, and nothing may follow the port but one
 * "/": a path would have to be signed as the server sees it, behind whatever proxy wrote it.
 */
#include "client/endpoint.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"

static bool is_alnum(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool has_only(struct span text, const char *signs)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_alnum(text.ptr[i]) && (text.ptr[i] == '\0' || strchr(signs, text.ptr[i]) == NULL))
            return false;
    return true;
}

/* The text that `parts` make together, with a NUL behind it. */
static status join(struct arena *arena, const struct span *parts, size_t count, const char **out)
{
    struct buf buf;
    buf_init(&buf, arena_mem(arena), 4096);
    for (size_t i = 0; i < count; i++) buf_put(&buf, parts[i]);
    buf_put_u8(&buf, 0);
    TRY(buf_status(&buf));
    *out = (const char *)buf_view(&buf).ptr;
    return ST_OK;
}

static status set_all(struct arena *arena, struct endpoint *endpoint, struct span scheme,
                      struct span host)
{
    const struct span parts[] = {scheme, host, SPAN("/")};
    const char *url = NULL;
    TRY(join(arena, parts, ARRAY_COUNT(parts), &url));
    for (size_t i = 0; i < OPERATION_SERVICES; i++) {
        endpoint->urls[i] = url;
        endpoint->hosts[i] = (struct span){(const uint8_t *)url + scheme.len, host.len};
    }
    return ST_OK;
}

/* ---- http and https */

/* host := name | address | "[" address of version 6 "]" */
static bool split_host(struct span text, struct span *host, struct span *port)
{
    size_t len = 0;
    const bool is_v6 = text.len > 0 && text.ptr[0] == '[';
    while (len < text.len && text.ptr[len] != (is_v6 ? ']' : ':')) len++;
    if (is_v6 && len == text.len) return false;
    if (is_v6) len++;
    *host = span_take(text, len);
    *port = span_drop(text, len);
    if (port->len == 0) return true;
    if (port->ptr[0] != ':') return false;
    *port = span_drop(*port, 1);
    return port->len > 0;
}

static bool is_host(struct span host)
{
    if (host.len == 0 || host.len > LIMIT_HOST_BYTES) return false;
    if (host.ptr[0] != '[') return has_only(host, ".-_");
    const struct span inner = {host.ptr + 1, host.len - 2};
    return inner.len > 0 && has_only(inner, ":.");
}

static bool is_port(struct span port)
{
    unsigned number = 0;
    for (size_t i = 0; i < port.len; i++) {
        if (port.ptr[i] < '0' || port.ptr[i] > '9' || port.len > 5) return false;
        number = number * 10 + (unsigned)(port.ptr[i] - '0');
    }
    return port.len == 0 || (number > 0 && number <= UINT16_MAX);
}

static bool is_loopback(struct span host)
{
    const struct span names[] = {SPAN("localhost"), SPAN("[::1]")};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        if (span_eq_nocase(host, names[i])) return true;
    return span_starts_with(host, SPAN("127."));
}

/* The Host header leaves out the port that its scheme implies. */
static bool is_implied(struct span scheme, struct span port)
{
    return span_eq(port, span_eq(scheme, SPAN("https://")) ? SPAN("443") : SPAN("80"));
}

static status read_url(struct arena *arena, struct span scheme, struct span rest,
                       struct endpoint *out)
{
    struct span host = {0};
    struct span port = {0};
    if (rest.len > 0 && rest.ptr[rest.len - 1] == '/') rest.len--;
    if (!split_host(rest, &host, &port) || !is_host(host) || !is_port(port)) return ST_VALIDATION;
    out->is_loopback = is_loopback(host);
    return set_all(arena, out, scheme, is_implied(scheme, port) ? host : rest);
}

/* ---- unix sockets */

static status read_unix(struct arena *arena, struct span path, struct endpoint *out)
{
    if (path.len == 0 || path.len > LIMIT_UNIX_PATH_BYTES) return ST_VALIDATION;
    TRY(join(arena, &path, 1, &out->unix_path));
    out->is_loopback = true;
    return set_all(arena, out, SPAN("http://"), SPAN("localhost"));
}

/* ---- AWS */

/* What follows the region in a host name, by what the region begins with; the last is all others.
 * Source: the partitions as botocore lists them. */
static const struct {
    const char *region;
    const char *domain;
} domains[] = {
    {"cn-",      ".amazonaws.com.cn"},
    {"eusc-",    ".amazonaws.eu"    },
    {"us-iso-",  ".c2s.ic.gov"      },
    {"us-isob-", ".sc2s.sgov.gov"   },
    {"eu-isoe-", ".cloud.adc-e.uk"  },
    {"us-isof-", ".csp.hci.ic.gov"  },
    {"",         ".amazonaws.com"   },
};

static struct span domain_of(struct span region)
{
    size_t i = 0;
    while (!span_starts_with(region, span_of(domains[i].region))) i++;
    return span_of(domains[i].domain);
}

status endpoint_aim(struct arena *arena, struct endpoint *endpoint, struct span region,
                    struct error *err)
{
    if (!endpoint->is_aws) return ST_OK;
    if (region.len == 0 || region.len > LIMIT_REGION_BYTES || !has_only(region, "-"))
        return FAIL(err, ST_VALIDATION, "\"%.*s\" is no region of AWS", SPAN_ARG(region));
    const struct span scheme = SPAN("https://");
    for (size_t i = 0; i < OPERATION_SERVICES; i++) {
        const struct span parts[] = {scheme, span_of(operation_host((operation_service)i)), region,
                                     domain_of(region), SPAN("/")};
        TRY_PLAIN(err, join(arena, parts, ARRAY_COUNT(parts), &endpoint->urls[i]));
        const struct span url = span_of(endpoint->urls[i]);
        endpoint->hosts[i] =
            (struct span){url.ptr + scheme.len, url.len - scheme.len - sizeof "/" + 1};
    }
    return ST_OK;
}

/* ---- all */

static status read_aws(struct arena *arena, struct span region, struct endpoint *out)
{
    out->is_aws = true;
    return region.len == 0 ? ST_OK : join(arena, &region, 1, &out->region);
}

static status read_any(struct arena *arena, struct span text, struct endpoint *out)
{
    const struct span http = SPAN("http://");
    const struct span https = SPAN("https://");
    const struct span unix_socket = SPAN("unix:");
    const struct span aws = SPAN("aws:");
    if (span_starts_with(text, http)) return read_url(arena, http, span_drop(text, http.len), out);
    if (span_starts_with(text, https))
        return read_url(arena, https, span_drop(text, https.len), out);
    if (span_starts_with(text, unix_socket))
        return read_unix(arena, span_drop(text, unix_socket.len), out);
    if (span_starts_with(text, aws)) return read_aws(arena, span_drop(text, aws.len), out);
    return ST_VALIDATION;
}

status endpoint_read(struct arena *arena, const char *text, struct endpoint *out, struct error *err)
{
    struct endpoint endpoint = {0};
    const status st = read_any(arena, span_of(text), &endpoint);
    if (st == ST_VALIDATION)
        return FAIL(err, ST_VALIDATION,
                    "\"%s\" is no endpoint: http://HOST[:PORT], https://HOST[:PORT], unix:PATH or "
                    "aws:REGION",
                    text);
    TRY_PLAIN(err, st);
    *out = endpoint;
    return ST_OK;
}
