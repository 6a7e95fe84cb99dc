# How each dependency is found. Versions, licences and reasons: third_party/README.md.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS headers url)
find_package(OpenSSL 3.0 REQUIRED)
find_package(CURL 7.85 REQUIRED)
find_package(date 3.0 CONFIG REQUIRED)
find_package(fmt 9 CONFIG REQUIRED)
find_package(spdlog 1.10 CONFIG REQUIRED)
find_package(CLI11 2.1 CONFIG REQUIRED)
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis>=0.14)
pkg_check_modules(icu REQUIRED IMPORTED_TARGET icu-uc>=72)
pkg_check_modules(protobuf REQUIRED IMPORTED_TARGET protobuf>=3.21)
find_path(RAPIDJSON_INCLUDE_DIR rapidjson/reader.h REQUIRED)
# Sanitizers bring an allocator of their own. No version: its config takes 2 and 3 for incompatible, we use what both have.
if(NOT RECADO_SANITIZE)
  find_package(mimalloc CONFIG REQUIRED)
endif()

# Asio and Beast, compiled once in src/io/asio_beast.cpp instead of in every file that includes them.
add_library(recado_asio INTERFACE)
target_link_libraries(recado_asio INTERFACE Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
target_compile_definitions(recado_asio INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)

add_library(recado_rapidjson INTERFACE)
target_include_directories(recado_rapidjson SYSTEM INTERFACE "${RAPIDJSON_INCLUDE_DIR}")

# Its headers are unpacked beside the build (install-packages.sh): installed, they would bring another Boost.
find_path(PHONENUMBERS_INCLUDE_DIR phonenumbers/phonenumberutil.h
  HINTS "${CMAKE_SOURCE_DIR}/build/packages/libphonenumber-dev/usr/include")
if(NOT PHONENUMBERS_INCLUDE_DIR)
  message(FATAL_ERROR "libphonenumber's headers are not there: make fetches them, or third_party/install-packages.sh build")
endif()
find_library(PHONENUMBERS_LIBRARY NAMES libphonenumber.so.8 phonenumber REQUIRED)
add_library(recado_phonenumbers INTERFACE)
target_include_directories(recado_phonenumbers SYSTEM INTERFACE "${PHONENUMBERS_INCLUDE_DIR}")
target_link_libraries(recado_phonenumbers INTERFACE "${PHONENUMBERS_LIBRARY}" PkgConfig::protobuf)
