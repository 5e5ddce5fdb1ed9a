// The pages of a search: where the next one is, and whether all that there is has come.
#include "actors/resources/search.hpp"

namespace dicomcast::actors {

namespace {

constexpr std::size_t max_pages = 1'000;

io::Error not_whole(const Search& search, std::string cause) {
  return {io::ErrorCode::UnexpectedAnswer, search.operation, 0, std::move(cause), {}, {}};
}

bool is_absolute(const std::string& url) {
  return url.find("://") < url.find_first_of("/?");
}

std::string path_of(const std::string& url) {
  auto path = url.find('/', is_absolute(url) ? url.find("://") + 3 : 0);
  return path == url.npos ? std::string() : url.substr(path);
}

std::string in_root(const Search& search, const std::string& link, const std::string& root) {
  if (link.starts_with(root) && (link.size() == root.size() || link[root.size()] == '/' || link[root.size()] == '?'))
    return link;
  if (link.starts_with('?'))
    return search.path.substr(0, search.path.find('?')) + link;
  if (!link.starts_with('/') && !is_absolute(link))
    return link;
  auto path = path_of(link), root_path = path_of(root);
  return !root_path.empty() && path.starts_with(root_path) ? path.substr(root_path.size()) : path;
}

} // namespace

NextPage next_page(const Search& search, const std::string& link, const std::string& root) {
  if (search.links.contains(link))
    return {{}, not_whole(search, "the links to the next page go in a circle")};
  if (search.pages >= max_pages)
    return {{}, not_whole(search, "more than " + std::to_string(max_pages) + " pages")};
  return {in_root(search, link, root), {}};
}

std::optional<io::Error> what_is_missing(const Search& search) {
  auto came = static_cast<std::int64_t>(search.found.size());
  if (search.by == Search::By::Id || search.total.value_or(0) <= came)
    return std::nullopt;
  return not_whole(search, "the service says that there are " + std::to_string(*search.total) + ", gives " +
                               std::to_string(came) + " and no link to the rest");
}

} // namespace dicomcast::actors
