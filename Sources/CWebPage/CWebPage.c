// The web page's files by C23's #embed, as the kernels'. A new file is named here.
#pragma clang diagnostic ignored "-Wc23-extensions"
#include "CWebPage.h"

#define SCRIPT "text/javascript; charset=utf-8"

static const gpt2_page_file files[] = {
#define PATH ""
#define TYPE "text/html; charset=utf-8"
#define FILE "files/page.html"
#include "embed.h"
#define PATH "page.css"
#define TYPE "text/css; charset=utf-8"
#define FILE "files/page.css"
#include "embed.h"
#define PATH "page.js"
#define TYPE SCRIPT
#define FILE "files/page.js"
#include "embed.h"
#define PATH "texts.js"
#define TYPE SCRIPT
#define FILE "files/texts.js"
#include "embed.h"
#define PATH "settings.js"
#define TYPE SCRIPT
#define FILE "files/settings.js"
#include "embed.h"
#define PATH "requests.js"
#define TYPE SCRIPT
#define FILE "files/requests.js"
#include "embed.h"
#define PATH "scheme.js"
#define TYPE SCRIPT
#define FILE "files/scheme.js"
#include "embed.h"
// By the name that browsers ask for where nobody named one.
#define PATH "favicon.ico"
#define TYPE "image/svg+xml"
#define FILE "files/favicon.svg"
#include "embed.h"
};

const gpt2_page_file *gpt2_page_file_at(size_t index) {
  return index < sizeof files / sizeof *files ? &files[index] : NULL;
}
