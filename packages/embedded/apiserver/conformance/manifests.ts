/** The objects that the scenarios make. */

export const configMap = (value: string): string => `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  labels: {app: demo}
data:
  key: ${value}
`;

export const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: nginx:1.27
        ports:
        - containerPort: 80
          name: http
        env:
        - name: MODE
          value: test
        - name: POD
          valueFrom:
            fieldRef: {fieldPath: metadata.name}
        resources:
          requests: {cpu: 100m, memory: 64Mi}
          limits: {memory: 128Mi}
        readinessProbe:
          httpGet: {path: /ready, port: http}
        livenessProbe:
          exec: {command: ["true"]}
        volumeMounts:
        - {name: data, mountPath: /data}
      volumes:
      - name: data
        emptyDir: {}
`;

export const statefulSet = `apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: db
spec:
  serviceName: db
  replicas: 3
  selector:
    matchLabels: {app: db}
  template:
    metadata:
      labels: {app: db}
    spec:
      terminationGracePeriodSeconds: 10
      containers:
      - name: db
        image: registry.example.com/db@sha256:0000000000000000000000000000000000000000000000000000000000000000
        volumeMounts:
        - {name: data, mountPath: /var/lib/db}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec:
      accessModes: [ReadWriteOnce]
      resources:
        requests: {storage: 1Gi}
`;

export const pod = `apiVersion: v1
kind: Pod
metadata:
  name: solo
  labels: {tier: one}
spec:
  automountServiceAccountToken: false
  initContainers:
  - name: setup
    image: busybox
    command: [sh, -c, "true"]
  - name: sidecar
    image: busybox:1.36
    restartPolicy: Always
  containers:
  - name: main
    image: busybox:latest
    resources:
      limits: {cpu: "1", memory: 1Gi}
    lifecycle:
      preStop:
        httpGet: {port: 8080}
    startupProbe:
      tcpSocket: {port: 5432}
  volumes:
  - name: config
    configMap: {name: settings}
  - name: secret
    secret: {secretName: pass}
  - name: all
    projected:
      sources:
      - serviceAccountToken: {path: token}
      - downwardAPI:
          items:
          - path: labels
            fieldRef: {fieldPath: metadata.labels}
`;

export const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets, shortNames: [wd], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size}
    - {name: Phase, type: string, jsonPath: .status.phase}
    - {name: Note, type: string, jsonPath: .spec.note, priority: 1}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {type: integer, minimum: 1, maximum: 9, default: 3}
              color: {type: string, enum: [red, green], default: red}
              note: {type: string, maxLength: 5}
              ports:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items:
                  type: object
                  required: [name]
                  properties:
                    name: {type: string}
                    port: {type: integer}
            x-kubernetes-validations:
            - rule: "self.size < 8 || self.color == 'green'"
              message: big ones are green
          status:
            type: object
            properties:
              phase: {type: string}
              size: {type: integer}
`;

export const widget = (spec: string): string => `apiVersion: example.com/v1
kind: Widget
metadata: {name: one}
spec: ${spec}
`;
