#include "api/problem_schema.hpp"

namespace recado::api {

ShapePtr field_error_shape() {
  static const auto shape = std::make_shared<const Shape>(
      Shape{"FieldError",
            "",
            {Field("field", text(), "Its path, such as `retry.maxAttempts` or `tags[2]`.").require(),
             Field("message", text(), "What is wrong, and what would be accepted.").require()}});
  return shape;
}

ShapePtr problem_shape() {
  static const auto shape = [] {
    Shape problem{
        "Problem",
        "An RFC 9457 problem document.",
        {Field("type", text(), "", R"("about:blank")").require(), Field("title", text(), "").require(),
         Field("status", integer(400, 599), "The HTTP status.").require(),
         Field("detail", text(), "What went wrong, as a sentence.").require(),
         Field("errors", list_of(object(field_error_shape())), "Of a 422: each field that is wrong.")}};
    problem.open = true;
    return std::make_shared<const Shape>(std::move(problem));
  }();
  return shape;
}

}  // namespace recado::api
