#include "app/app.hpp"

int main(int argc, char** argv) {
  return recado::app::run(argc, argv);
}
