# How each dependency is found. Versions, licences and reasons: third_party/README.md.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS headers url)
find_package(OpenSSL 3.0 REQUIRED)
find_package(date 3.0 CONFIG REQUIRED)
find_package(fmt 9 CONFIG REQUIRED)
find_package(spdlog 1.10 CONFIG REQUIRED)
find_package(CLI11 2.1 CONFIG REQUIRED)
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis>=0.14)
pkg_check_modules(icu REQUIRED IMPORTED_TARGET icu-uc>=72)
find_path(RAPIDJSON_INCLUDE_DIR rapidjson/reader.h REQUIRED)

# Asio and Beast, compiled once in src/io/asio_beast.cpp instead of in every file that includes them.
add_library(recado_asio INTERFACE)
target_link_libraries(recado_asio INTERFACE Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
target_compile_definitions(recado_asio INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)

add_library(recado_rapidjson INTERFACE)
target_include_directories(recado_rapidjson SYSTEM INTERFACE "${RAPIDJSON_INCLUDE_DIR}")
