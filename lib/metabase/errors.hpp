#pragma once

#include <kpi/base/result.hpp>
#include <kpi/http/message.hpp>

#include <cstddef>
#include <string>
#include <string_view>

// What went wrong, in words that a person can act on. Every text here still has to go through
// Session::told(), which takes the secrets out.
namespace kpi::metabase {

/// Which credentials were sent.
enum class Credential { api_key, session, login };

/// What a request was about, as far as an Error has to tell.
struct About {
  std::string_view site;     ///< the address without secrets: "http://localhost:3000"
  std::string_view subject;  ///< "database 7"; empty: something that all work stands on
};

/// A proxy's page, or another service's: HTML, which Metabase's API never sends.
[[nodiscard]] bool is_page(const http::Response& response);

/// The 401 that `response` is, for credentials of kind `used`.
[[nodiscard]] Error refused(const About& about, Credential used, const http::Response& response);

/// Why a login was not accepted: refused, throttled, disabled, or not Metabase at all. Metabase's text is
/// translated, so only the names of the members are gone by.
[[nodiscard]] Error login_failed(const About& about, const http::Response& response);

/// `response`, which is not the answer that was hoped for.
[[nodiscard]] Error explain(const About& about, const http::Response& response);

/// An answer of the right status and of `bytes` bytes that is cut or broken, or lacks what it must have.
[[nodiscard]] Error bad_answer(const About& about, const http::Response& response, std::size_t bytes);

/// A failure of the transport, as Metabase's. `url` is what was asked for.
[[nodiscard]] Error unreached(const About& about, std::string_view url, Error error);

/// True if, after `error` of the transport, the server may have done what it was asked to.
[[nodiscard]] bool may_have_arrived(const Error& error);
/// True for an answer that is not Metabase's own and so does not tell whether it did what it was asked to.
[[nodiscard]] bool may_have_arrived(const http::Response& response);
/// The answer to a creation was lost: nobody knows whether it exists now.
[[nodiscard]] Error lost_answer(const About& about, const Error& cause);

/// What `response` says for itself, in one line of at most 200 bytes: a JSON message, a page's title, a text;
/// may be empty.
[[nodiscard]] std::string excerpt(const http::Response& response);

}  // namespace kpi::metabase
