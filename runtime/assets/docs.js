"use strict";
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#doors",
  deepLinking: true,
  validatorUrl: null,
  displayRequestDuration: true,
  docExpansion: "list",
  persistAuthorization: false,
});
