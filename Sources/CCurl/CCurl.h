#pragma once
#include <stddef.h>
#include <stdint.h>

// What is used of libcurl, which is opened when something is downloaded: nothing of it is needed to build, nor to work
// offline. Signatures and numbers, which never change within libcurl.so.4: curl.h and urlapi.h of 7.62 and later.

enum { GPT2_CURL_GLOBAL_DEFAULT = 3 };

// Options: numbers of arguments that are a long; then pointers (10000 and more), then functions (20000 and more).
enum {
  GPT2_CURLOPT_NOPROGRESS = 43,
  GPT2_CURLOPT_FOLLOWLOCATION = 52,
  GPT2_CURLOPT_BUFFERSIZE = 98,
  GPT2_CURLOPT_NOSIGNAL = 99,
  GPT2_CURLOPT_CONNECTTIMEOUT_MS = 156,
  GPT2_CURLOPT_PROTOCOLS = 181,  // of old and new versions alike; PROTOCOLS_STR is of 7.85
  GPT2_CURLOPT_WRITEDATA = 10001,
  GPT2_CURLOPT_URL = 10002,
  GPT2_CURLOPT_ERRORBUFFER = 10010,
  GPT2_CURLOPT_USERAGENT = 10018,
  GPT2_CURLOPT_HTTPHEADER = 10023,
  GPT2_CURLOPT_HEADERDATA = 10029,
  GPT2_CURLOPT_XFERINFODATA = 10057,
  GPT2_CURLOPT_CAINFO = 10065,
  GPT2_CURLOPT_NOPROXY = 10177,
  GPT2_CURLOPT_WRITEFUNCTION = 20011,
  GPT2_CURLOPT_HEADERFUNCTION = 20079,
  GPT2_CURLOPT_XFERINFOFUNCTION = 20219,
};
enum { GPT2_CURLPROTO_HTTP = 1, GPT2_CURLPROTO_HTTPS = 2, GPT2_CURL_ERROR_SIZE = 256 };

// Results.
enum {
  GPT2_CURLE_OK = 0,
  GPT2_CURLE_UNSUPPORTED_PROTOCOL = 1,
  GPT2_CURLE_URL_MALFORMAT = 3,
  GPT2_CURLE_COULDNT_RESOLVE_PROXY = 5,
  GPT2_CURLE_COULDNT_RESOLVE_HOST = 6,
  GPT2_CURLE_PEER_FAILED_VERIFICATION = 60,
  GPT2_CURLE_SSL_CACERT_BADFILE = 77,
};

// Parts of a URL.
enum {
  GPT2_CURLUPART_URL = 0,
  GPT2_CURLUPART_SCHEME = 1,
  GPT2_CURLUPART_USER = 2,
  GPT2_CURLUPART_HOST = 5,
  GPT2_CURLUPART_PORT = 6,
  GPT2_CURLU_DEFAULT_PORT = 1,
};

typedef int (*gpt2_curl_global_init)(long flags);
typedef void *(*gpt2_curl_easy_init)(void);
typedef void (*gpt2_curl_easy_of)(void *handle);  // curl_easy_reset, curl_easy_cleanup
typedef int (*gpt2_curl_easy_perform)(void *handle);
typedef const char *(*gpt2_curl_easy_strerror)(int code);
typedef void *(*gpt2_curl_slist_append)(void *list, const char *line);
typedef void (*gpt2_curl_slist_free_all)(void *list);
typedef void *(*gpt2_curl_url)(void);
typedef void (*gpt2_curl_url_cleanup)(void *url);
typedef int (*gpt2_curl_url_set)(void *url, int part, const char *text, unsigned flags);
typedef int (*gpt2_curl_url_get)(void *url, int part, char **text, unsigned flags);
typedef void (*gpt2_curl_free)(void *text);

/// Takes bytes of the body, or a line of the head; another result than size * count ends the transfer.
typedef size_t (*gpt2_curl_receive)(char *bytes, size_t size, size_t count, void *receiver);
/// Is called about once a second at least; another result than 0 ends the transfer.
typedef int (*gpt2_curl_progress)(void *receiver, int64_t expected, int64_t received, int64_t toSend, int64_t sent);

// curl_easy_setopt takes one argument of any type, which Swift cannot call. `setopt` is its address.

static inline int gpt2_curl_set_long(void *setopt, void *handle, int option, long value) {
  return ((int (*)(void *, int, ...))setopt)(handle, option, value);
}
static inline int gpt2_curl_set_pointer(void *setopt, void *handle, int option, void *value) {
  return ((int (*)(void *, int, ...))setopt)(handle, option, value);
}
static inline int gpt2_curl_set_text(void *setopt, void *handle, int option, const char *value) {
  return ((int (*)(void *, int, ...))setopt)(handle, option, value);
}
static inline int gpt2_curl_set_receive(void *setopt, void *handle, int option, gpt2_curl_receive value) {
  return ((int (*)(void *, int, ...))setopt)(handle, option, value);
}
static inline int gpt2_curl_set_progress(void *setopt, void *handle, int option, gpt2_curl_progress value) {
  return ((int (*)(void *, int, ...))setopt)(handle, option, value);
}
